import { closeSync } from "node:fs";
import { join } from "node:path";
import { openRoot } from "../../host/openat.ts";
import { decompress } from "../../lib/decompress.ts";
import { EstibaError } from "../../lib/error.ts";
import { fleetingTransaction } from "../../state/database.ts";
import { findVolume, getVolume, listCondemned, type VolumeRecord } from "../../state/volumes.ts";
import { extractTree } from "../../storage/extract.ts";
import { writeTree } from "../../storage/tar/write-tree.ts";
import { removeVolumeFolder, volumeFolder } from "../../storage/volume.ts";
import type { Engine } from "../engine.ts";
import { holdForNow } from "../held.ts";
import { mountVolume, releaseVolume } from "./device.ts";

/**
 * Streams what is in a volume as a tar archive, with the volume's own folder as `./`. Throws `not_found`, also where the volume was removed
 * before the end, and `unavailable`.
 */
export async function* exportVolume(engine: Engine, nameOrPrefix: string): AsyncGenerator<Uint8Array> {
  const found = findVolume(engine.store, nameOrPrefix);
  try {
    await using volume = await openVolume(engine, found);
    yield* writeTree(volume.fd, { name: ".", subSeconds: true });
  } catch (error) {
    requireStillThere(engine, found);
    throw error;
  }
  requireStillThere(engine, found);
}

/**
 * Unpacks a tar archive, compressed or not, into a volume, over what is there. Throws `not_found`, also where the volume was removed before
 * the end, `corrupt`, `invalid`, `exhausted`; what was unpacked before stays.
 */
export async function importVolume(
  engine: Engine,
  nameOrPrefix: string,
  source: AsyncIterable<Uint8Array>,
): Promise<void> {
  const found = findVolume(engine.store, nameOrPrefix);
  try {
    await using volume = await openVolume(engine, found);
    await extractTree(volume.fd, decompress(source), { overwrite: true });
  } catch (error) {
    requireStillThere(engine, found);
    throw error;
  }
  requireStillThere(engine, found);
}

type OpenVolume = AsyncDisposable & { readonly fd: number };

/**
 * A volume's data as an O_PATH descriptor. Until this is disposed its device, if it has one, is mounted, and `volume rm` refuses to remove it.
 */
async function openVolume(engine: Engine, volume: VolumeRecord): Promise<OpenVolume> {
  volumeFolder(engine.paths.root, volume.name);
  await using undo = new AsyncDisposableStack();
  undo.defer(async () => void (await releaseVolume(engine, volume.name)));
  undo.use(holdForNow(join(engine.paths.volumes, volume.name)));
  requireStillThere(engine, volume);
  const fd = undo.adopt(openRoot(await mountVolume(engine, volume)), closeSync);
  const kept = undo.move();
  return { fd, [Symbol.asyncDispose]: async () => await kept.disposeAsync() };
}

/** Throws `not_found` for a volume that another command has removed since, and takes away what was made anew of it. */
function requireStillThere(engine: Engine, { name, createdAt }: VolumeRecord): void {
  // One after another with whoever removes it: that one sees our hold, or we see what it has done.
  const isThere = fleetingTransaction(engine.store, () => {
    const now = getVolume(engine.store, name);
    const isBeingRemoved = listCondemned(engine.store).some((volume) => volume.name === name);
    if (now === undefined && !isBeingRemoved) removeVolumeFolder(engine.paths.root, name);
    // One of the same name that was made since is another.
    return now?.createdAt === createdAt;
  });
  if (isThere) return;
  throw new EstibaError("not_found", {
    reason: "volume.unknown",
    what: `no volume with name "${name}" found: it was removed meanwhile: no such volume`,
    details: { volume: name },
  });
}
