import { createReadStream, rmSync } from "node:fs";
import { join } from "node:path";
import { folderNames } from "../../host/folder-names.ts";
import { hasBlob } from "../../image/content-store.ts";
import { listTemporaries } from "../../image/temporary.ts";
import { hasCode } from "../../lib/has-code.ts";
import { type Digest, digestHex } from "../../oci/digest.ts";
import { keptBlobs } from "../../state/images.ts";
import { deleteLayer, type LayerRecord, listLayers } from "../../state/layers.ts";
import { listStrayLayers, removeStrayLayers } from "../../storage/layer-store.ts";
import { removeTree } from "../../storage/remove-tree.ts";
import type { Engine } from "../engine.ts";
import { dropUnusedBlobs, lockImages } from "../receive-image.ts";
import { freeUnownedLayer, isArriving, listUnowned } from "../unowned.ts";
import type { Finding } from "./finding.ts";

/** Layers and blobs: those that nothing owns, those that are missing, and, unless quick, those whose content is not what their name says. */
export async function* checkImages(engine: Engine, { quick }: { quick: boolean }): AsyncGenerator<Finding> {
  const { findings, owned } = await lookAtImages(engine);
  yield* findings;
  if (quick) return;
  for (const hex of owned) {
    const path = join(engine.paths.blobs, "sha256", hex);
    const found = await sha256(path);
    if (found !== undefined && found !== hex) yield damagedBlob(engine, hex);
  }
}

type Looked = {
  readonly findings: readonly Finding[];
  /** The blobs by SHA-256 that are there and have an owner. */
  readonly owned: readonly string[];
};

async function lookAtImages(engine: Engine): Promise<Looked> {
  // Nobody records, or forgets and frees, while it is held. Where nothing can be written, nobody does in any case.
  using _ = await lockImages(engine).catch((error: unknown) => {
    if (hasCode(error, "EROFS")) return undefined;
    throw error;
  });
  // What is there is listed before it is asked whose it is: what an image brings is its own, or that of one that is still arriving.
  const strays = listStrayLayers(engine);
  const unowned = listUnowned(engine);
  const temporaries = listTemporaries(engine.paths);
  const arriving = isArriving(engine);
  const kept = keptBlobs(engine.store);
  return {
    findings: [
      ...temporaries.filter(({ alive }) => !alive).map(({ path }) => strayFile(path)),
      ...checkLayers(engine, arriving ? [] : unowned.layers),
      ...(arriving ? [] : strays.map((folder) => strayLayer(engine, folder))),
      ...[...kept].filter((digest) => !hasBlob(engine.paths, digest)).map(missingBlob),
      ...(arriving ? [] : unowned.blobs.map((digest) => unusedBlob(engine, digest))),
    ],
    owned: [...kept].filter((digest) => digest.startsWith("sha256:") && hasBlob(engine.paths, digest)).map(digestHex),
  };
}

function checkLayers(engine: Engine, unowned: readonly LayerRecord[]): Finding[] {
  const folders = new Set(folderNames(engine.paths.layers));
  return [
    ...listLayers(engine.store)
      .reverse()
      .filter(({ folder }) => !folders.has(folder))
      .map(({ chainId, folder }) => missingLayer(engine, chainId, folder)),
    ...unowned
      .filter(({ folder }) => folders.has(folder))
      .map(({ chainId, folder }) => unusedLayer(engine, chainId, folder)),
  ];
}

function strayLayer(engine: Engine, folder: string): Finding {
  return {
    kind: "layer",
    what: `${join(engine.paths.layers, folder)} was left half made`,
    repair: () => void removeStrayLayers(engine),
  };
}

function missingLayer(engine: Engine, chainId: string, folder: string): Finding {
  return {
    kind: "layer",
    what: `${join(engine.paths.layers, folder)} is missing: pull the images that have it again`,
    // Forgotten, so that the next pull brings it back.
    repair: () => void deleteLayer(engine.store, chainId),
  };
}

function unusedLayer(engine: Engine, chainId: string, folder: string): Finding {
  return {
    kind: "layer",
    what: `${join(engine.paths.layers, folder)} belongs to no image`,
    repair: async () => await freeUnownedLayer(engine, chainId as Digest),
  };
}

function strayFile(path: string): Finding {
  return {
    kind: "temporary",
    what: `${path} was left by a command that did not end well`,
    repair: () => void removeTree(path),
  };
}

function unusedBlob(engine: Engine, digest: Digest): Finding {
  return {
    kind: "blob",
    what: `${join(engine.paths.blobs, "sha256", digestHex(digest))} belongs to no image`,
    repair: async () => await dropUnusedBlobs(engine, [digest]),
  };
}

function missingBlob(digest: string): Finding {
  return { kind: "blob", what: `the blob ${digest} is missing: pull the images that have it again`, repair: undefined };
}

function damagedBlob(engine: Engine, hex: string): Finding {
  const path = join(engine.paths.blobs, "sha256", hex);
  return {
    kind: "blob",
    what: `${path} is damaged: its content does not match its digest`,
    // Gone, so that the next pull brings it back whole; containers do not need it.
    repair: () => rmSync(path, { force: true }),
  };
}

/** Undefined for a file that has been removed meanwhile. */
async function sha256(path: string): Promise<string | undefined> {
  const hasher = new Bun.CryptoHasher("sha256");
  try {
    for await (const chunk of createReadStream(path, { highWaterMark: 1024 * 1024 }))
      hasher.update(chunk as Uint8Array);
  } catch (error) {
    if (hasCode(error, "ENOENT")) return undefined;
    throw error;
  }
  return hasher.digest("hex");
}
