import { closeSync } from "node:fs";
import { join } from "node:path";
import { openRoot } from "../../host/openat.ts";
import { decompress } from "../../lib/decompress.ts";
import { findVolume } from "../../state/volumes.ts";
import { extractTree } from "../../storage/extract.ts";
import { writeTree } from "../../storage/tar/write-tree.ts";
import { volumeFolder } from "../../storage/volume.ts";
import type { Engine } from "../engine.ts";
import { holdForNow } from "../held.ts";
import { mountVolume, releaseVolume } from "./device.ts";

/** Streams what is in a volume as a tar archive, with the volume's own folder as `./`. Throws `not_found`, `unavailable`. */
export async function* exportVolume(engine: Engine, nameOrPrefix: string): AsyncGenerator<Uint8Array> {
  await using volume = await openVolume(engine, nameOrPrefix);
  yield* writeTree(volume.fd, { name: ".", subSeconds: true });
}

/**
 * Unpacks a tar archive, compressed or not, into a volume, over what is there. Throws `not_found`, `corrupt`, `invalid`, `exhausted`; what
 * was unpacked before stays.
 */
export async function importVolume(
  engine: Engine,
  nameOrPrefix: string,
  source: AsyncIterable<Uint8Array>,
): Promise<void> {
  await using volume = await openVolume(engine, nameOrPrefix);
  await extractTree(volume.fd, decompress(source), { overwrite: true });
}

type OpenVolume = AsyncDisposable & { readonly fd: number };

/** A volume's data as an O_PATH descriptor; its device, if it has one, is mounted until this is disposed. */
async function openVolume(engine: Engine, nameOrPrefix: string): Promise<OpenVolume> {
  const volume = findVolume(engine.store, nameOrPrefix);
  volumeFolder(engine.paths.root, volume.name);
  await using undo = new AsyncDisposableStack();
  undo.defer(async () => void (await releaseVolume(engine, volume.name)));
  undo.use(holdForNow(join(engine.paths.volumes, volume.name)));
  const fd = undo.adopt(openRoot(await mountVolume(engine, volume)), closeSync);
  const kept = undo.move();
  return { fd, [Symbol.asyncDispose]: async () => await kept.disposeAsync() };
}
