import { closeSync } from "node:fs";
import { join } from "node:path";
import { atTime, rootEntry } from "../engine/commit/layer.ts";
import type { Engine } from "../engine/engine.ts";
import { S_IFDIR, S_IFMT } from "../host/statx.ts";
import { LowerView } from "../storage/lower-view.ts";
import { openLayers } from "../storage/snapshot.ts";
import { whiteoutEntry } from "../storage/tar/whiteout-entry.ts";
import { encodeEntry, endOfArchive } from "../storage/tar/write-header.ts";
import { writeTree } from "../storage/tar/write-tree.ts";
import type { BuiltStage } from "./built-stage.ts";
import { layerFolders, NO_FILES, type StageFiles, storeLayer, withLayer } from "./execute/files.ts";
import type { BuildRequest } from "./request.ts";

/** Makes one layer of those that the build has added, or of all, as the request has it; the history says with its last line that it is one. */
export async function squash(
  engine: Engine,
  built: BuiltStage,
  { squash: which, timestamp, signal }: Pick<BuildRequest, "squash" | "timestamp" | "signal">,
): Promise<BuiltStage> {
  if (which === "nothing") return built;
  const kept = which === "new" ? built.base : { layers: 0, history: 0 };
  const below = lowest(built.files, kept.layers);
  if (built.files.chain.length <= below.chain.length) return built;
  const folders = layerFolders(engine, built.files);
  const layer = await storeLayer(
    engine,
    below,
    squashed(folders, { count: folders.length - kept.layers, empty: join(engine.paths.runRoot, "empty"), timestamp }),
    signal,
  );
  const last = built.history.at(-1);
  const history = built.history.map((entry, index) =>
    index < kept.history ? entry : { ...entry, emptyLayer: layer === undefined || entry !== last },
  );
  return { ...built, files: layer === undefined ? below : withLayer(below, layer), history };
}

function lowest({ chain, diffIds, blobs }: StageFiles, count: number): StageFiles {
  if (count === 0) return NO_FILES;
  return { chain: chain.slice(0, count), diffIds: diffIds.slice(0, count), blobs: blobs.slice(0, count) };
}

type Squash = {
  /** How many of the topmost become one. */
  readonly count: number;
  readonly empty: string;
  readonly timestamp: number | undefined;
};

/** What the topmost of the layers (folders, topmost first) change together in those below. */
function* squashed(folders: readonly string[], { count, empty, timestamp }: Squash): Generator<Uint8Array> {
  using own = new LowerView(folders.slice(0, count));
  using below = new LowerView(folders.slice(count));
  using all = new LowerView(folders);
  const change = timestamp === undefined ? undefined : atTime(timestamp);
  const root = openLayers(folders, empty);
  const inFolders = new Set<string>([""]);
  try {
    yield* rootEntry(root, below, change);
    yield* writeTree(root, {
      name: "",
      end: false,
      ...(change === undefined ? {} : { change }),
      includes: (path, status) => {
        const found = own.find(path);
        if (found === undefined) return false;
        closeSync(found.fd);
        if ((status.mode & S_IFMT) === S_IFDIR) inFolders.add(path);
        return true;
      },
    });
    for (const path of inFolders) yield* lost(path, { below, all });
    yield endOfArchive();
  } finally {
    closeSync(root);
  }
}

/** Whiteouts of what the layers below have in a folder, and nothing has any more. */
function* lost(path: string, { below, all }: { below: LowerView; all: LowerView }): Generator<Uint8Array> {
  const left = new Set(all.names(path));
  for (const name of below.names(path).toSorted()) {
    if (!left.has(name)) yield encodeEntry(whiteoutEntry(`${path === "" ? "" : `${path}/`}.wh.${name}`));
  }
}
