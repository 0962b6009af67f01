import type { Database } from "bun:sqlite";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { decompress, detectCompression, peek } from "../lib/decompress.ts";
import { EstibaError } from "../lib/error.ts";
import { hasCode } from "../lib/has-code.ts";
import { type Digest, Digester, digestAlgorithm, digestOf } from "../oci/digest.ts";
import { transaction } from "../state/database.ts";
import { deleteLayer, findLayer, insertLayer, type LayerRecord, layerPaths, listLayers } from "../state/layers.ts";
import { finishTree } from "./finish-tree.ts";
import { LayerFolder, removeStrayFolder } from "./layer-folder.ts";
import { LowerView } from "./lower-view.ts";
import type { TarEntry, TarSink } from "./tar/entry.ts";
import { type TarLimits, TarReader } from "./tar/tar-reader.ts";
import { TreeWriter } from "./tree-writer.ts";

/** What the store of layers needs of its owner. */
export type LayerStore = {
  readonly paths: { readonly layers: string };
  readonly store: Database;
};

type LayerApply = {
  readonly diffId: Digest;
  readonly chainId: Digest;
  /** Chain ids of the layers below, lowest first. */
  readonly parents: readonly Digest[];
  /** The blob: a tar archive, plain or compressed by gzip or zstd. Not touched when the layer is there already. */
  readonly source: AsyncIterable<Uint8Array>;
  readonly signal: AbortSignal;
  readonly limits?: Partial<TarLimits>;
  /** After each piece of the archive. */
  readonly onProgress?: (progress: { unpackedBytes: number; entries: number }) => void;
};

/** Above what any real layer has, below what fills a disk or the memory of a host. */
const DEFAULT_LIMITS: TarLimits = { maxEntries: 2_000_000, maxBytes: 128 * 1024 ** 3 };
const PARENT_POLL_MS = 10;

/**
 * Unpacks one layer and commits it under its chain id: whole or not at all, verified against its diffId, written to the disk before it is
 * named and recorded. Layers of one image may be applied at the same time; each waits for its parents before it is committed, so the
 * caller must apply those too, or abort `signal`. A chain id that is there is left alone; of two that apply the same at once, one wins
 * and both get its record. Throws `corrupt` (damage, wrong diffId), `invalid` and `unsupported` (refused), `exhausted` (limits, disk
 * full), the source's errors, and the signal's reason.
 */
export async function applyLayer(context: LayerStore, apply: LayerApply): Promise<LayerRecord> {
  const { chainId, diffId, parents, signal } = apply;
  const known = findLayer(context.store, chainId);
  if (known !== undefined) return known;
  using folder = new LayerFolder(context.paths.layers);
  using writer = new TreeWriter(folder.fd);
  const counter = new CountingSink(writer);
  await unpack(apply, counter);
  const parent = parents.at(-1);
  const below = parent === undefined ? [] : await waitForLayer(context, parent, signal);
  return settleLayer(context, {
    folder,
    writer,
    counter,
    below,
    identity: { chainId, diffId, parent: parent ?? null },
  });
}

/**
 * Makes a layer of an archive that is only being written, such as a container's changes: it is unpacked as it comes, so that layer and
 * archive are the same whatever happens to the source meanwhile, and named by what it turns out to be. Layers below are here already.
 * Whole or not at all, as {@link applyLayer}.
 */
export async function commitLayer(
  context: LayerStore,
  commit: { readonly parents: readonly Digest[]; readonly archive: AsyncIterable<Uint8Array> },
): Promise<LayerRecord & { readonly diffId: Digest }> {
  using folder = new LayerFolder(context.paths.layers);
  using writer = new TreeWriter(folder.fd);
  const counter = new CountingSink(writer);
  const reader = new TarReader(counter, DEFAULT_LIMITS);
  const digester = new Digester();
  for await (const piece of commit.archive) {
    digester.update(piece);
    reader.push(piece);
  }
  reader.finish();
  const diffId = digester.digest();
  const parent = commit.parents.at(-1) ?? null;
  const chainId = parent === null ? diffId : digestOf(`${parent} ${diffId}`);
  const below = layerPaths(context.store, parent ?? "");
  const identity = { chainId, diffId, parent };
  return { ...settleLayer(context, { folder, writer, counter, below, identity }), diffId };
}

type Unpacked = {
  readonly folder: LayerFolder;
  readonly writer: TreeWriter;
  readonly counter: CountingSink;
  /** Folders of the layers below, topmost first. */
  readonly below: readonly string[];
  readonly identity: Pick<LayerRecord, "chainId" | "diffId" | "parent">;
};

/** The end of a layer's making: what needs the layers below, the disk, the name, the record. */
function settleLayer(context: LayerStore, { folder, writer, counter, below, identity }: Unpacked): LayerRecord {
  using lowers = new LowerView(below.map((name) => join(context.paths.layers, name)));
  finishTree(writer, lowers);
  folder.commit();
  const { entries, bytes: sizeBytes } = counter;
  const record: LayerRecord = { ...identity, folder: folder.name, sizeBytes, entries, createdAt: Date.now() };
  if (insertLayer(context.store, record)) {
    folder.keep();
    return record;
  }
  return findLayer(context.store, identity.chainId) ?? record;
}

/**
 * Forgets the layers of these chain ids, given topmost first, and gives the folders that are the caller's to delete. One that another layer
 * stands on stays, as does one that is not there. The caller knows that no image and no container uses them.
 */
export function forgetLayers(context: LayerStore, chainIds: readonly string[]): string[] {
  const forgotten = transaction(context.store, () => chainIds.map((chainId) => deleteLayer(context.store, chainId)));
  return forgotten.flatMap((layer) => (layer === undefined ? [] : [join(context.paths.layers, layer.folder)]));
}

/** Names in the store of layers that no record has: what a killed process left, or is being made right now. */
export function listStrayLayers(context: LayerStore): string[] {
  // Listed first: a layer gets its name before its record.
  const names = listFolder(context.paths.layers);
  const recorded = new Set(listLayers(context.store).map(({ folder }) => folder));
  return names.filter((name) => !recorded.has(name));
}

/** Deletes strays that no live process is making; gives the names deleted. */
export function removeStrayLayers(context: LayerStore): string[] {
  const isRecorded = (name: string) => listLayers(context.store).some(({ folder }) => folder === name);
  return listStrayLayers(context).filter((name) =>
    removeStrayFolder(context.paths.layers, name, () => isRecorded(name)),
  );
}

async function unpack(apply: LayerApply, sink: TarSink): Promise<void> {
  const { diffId, signal, source } = apply;
  const digester = new Digester(digestAlgorithm(diffId));
  const reader = new TarReader(sink, { ...DEFAULT_LIMITS, ...apply.limits });
  const { head, all } = await peek(source, 6);
  const compression = detectCompression(head);
  if (compression === "xz" || compression === "bzip2") {
    throw new EstibaError("unsupported", {
      reason: "storage.unsupported_compression",
      what: `the layer is compressed by ${compression}; an image may use gzip and zstd`,
    });
  }
  for await (const piece of decompress(all)) {
    signal.throwIfAborted();
    digester.update(piece);
    reader.push(piece);
    if (sink instanceof CountingSink) apply.onProgress?.({ unpackedBytes: sink.bytes, entries: sink.entries });
  }
  reader.finish();
  const found = digester.digest();
  if (found === diffId) return;
  throw new EstibaError("corrupt", {
    reason: "storage.diff_id_mismatch",
    what: `the layer is not what its image says: ${diffId}, but the archive is ${found}`,
    fix: "pull the image again, or from another registry",
  });
}

/** The folders of a layer and those below it, once they are all committed. */
async function waitForLayer(context: LayerStore, chainId: Digest, signal: AbortSignal): Promise<string[]> {
  while (findLayer(context.store, chainId) === undefined) {
    signal.throwIfAborted();
    await Bun.sleep(PARENT_POLL_MS);
  }
  return layerPaths(context.store, chainId);
}

function listFolder(path: string): string[] {
  try {
    return readdirSync(path);
  } catch (error) {
    if (hasCode(error, "ENOENT")) return [];
    throw error;
  }
}

/** Counts entries and data on their way. */
class CountingSink implements TarSink {
  entries = 0;
  bytes = 0;
  readonly #inner: TarSink;

  constructor(inner: TarSink) {
    this.#inner = inner;
  }

  entry(entry: TarEntry): void {
    this.entries++;
    this.#inner.entry(entry);
  }

  data(bytes: Uint8Array, offset: number): void {
    this.bytes += bytes.length;
    this.#inner.data(bytes, offset);
  }

  end(): void {
    this.#inner.end();
  }
}
