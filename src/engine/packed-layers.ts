import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import type { Packing } from "../lib/compress.ts";
import { hasCode } from "../lib/has-code.ts";
import { type Digest, digestHex, isDigest } from "../oci/digest.ts";
import type { Engine } from "./engine.ts";

/** What a layer's blob becomes when it is packed. */
export type Packed = { readonly digest: Digest; readonly size: number };

/** Changes when the same bytes may be packed to others than before; another Bun has another compressor. */
const VERSION: string = `1 ${Bun.version}`;

/** What the layer became when it was packed before; undefined where that is not known. It may be forgotten at any time. */
export function packedBefore(engine: Engine, layer: Digest, packing: Packing): Packed | undefined {
  try {
    const { version, digest, size } = JSON.parse(readFileSync(fileOf(engine, layer, packing), "utf8"));
    return version === VERSION && isDigest(digest) && Number.isSafeInteger(size) ? { digest, size } : undefined;
  } catch (error) {
    // Never packed, or the disk has lost what was written.
    if (hasCode(error, "ENOENT") || error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** Keeps what a layer has become, so that a registry can be asked for it without packing it anew. Of layers that are gone it is forgotten. */
export function keepPacked(engine: Engine, layer: Digest, packing: Packing, { digest, size }: Packed): void {
  if (isDeepStrictEqual(packedBefore(engine, layer, packing), { digest, size })) return;
  const path = fileOf(engine, layer, packing);
  const folder = folderOf(engine);
  mkdirSync(folder, { recursive: true });
  for (const name of readdirSync(folder)) {
    const [hex = ""] = name.split(".");
    if (!existsSync(join(engine.paths.blobs, "sha256", hex))) rmSync(join(folder, name), { force: true });
  }
  const temporary = `${path}.${process.pid}`;
  writeFileSync(temporary, JSON.stringify({ version: VERSION, digest, size }), { mode: 0o600 });
  renameSync(temporary, path);
}

function fileOf(engine: Engine, layer: Digest, { kind, level }: Packing): string {
  return join(folderOf(engine), `${digestHex(layer)}.${kind}${level ?? ""}`);
}

function folderOf(engine: Engine): string {
  return join(engine.paths.cache, "packed");
}
