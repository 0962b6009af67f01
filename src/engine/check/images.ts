import { createReadStream, rmSync } from "node:fs";
import { join } from "node:path";
import { folderNames } from "../../host/folder-names.ts";
import { hasBlob } from "../../image/content-store.ts";
import { listTemporaries } from "../../image/temporary.ts";
import { hasCode } from "../../lib/has-code.ts";
import type { Digest } from "../../oci/digest.ts";
import { listBuildSteps } from "../../state/build-steps.ts";
import { allImages, imageLayers, isLayerKept } from "../../state/images.ts";
import { deleteLayer, type LayerRecord, listLayers } from "../../state/layers.ts";
import { forgetLayers, listStrayLayers, removeStrayLayers } from "../../storage/layer-store.ts";
import { removeTree } from "../../storage/remove-tree.ts";
import type { Engine } from "../engine.ts";
import { dropUnusedBlobs, lockImages } from "../receive-image.ts";
import { deleteAside, setAside } from "../set-aside.ts";
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
  const blobs = folderNames(join(engine.paths.blobs, "sha256"));
  const layers = listLayers(engine.store).reverse();
  const strays = listStrayLayers(engine);
  const temporaries = listTemporaries(engine.paths);
  const arriving = temporaries.some(({ kind, alive }) => kind === "arrival" && alive);
  const kept = keptBlobs(engine);
  return {
    findings: [
      ...temporaries.filter(({ alive }) => !alive).map(({ path }) => strayFile(path)),
      ...checkLayers(engine, layers, arriving),
      ...(arriving ? [] : strays.map((folder) => strayLayer(engine, folder))),
      ...[...kept].filter((digest) => !hasBlob(engine.paths, digest)).map(missingBlob),
      ...blobs.filter((hex) => !arriving && !kept.has(`sha256:${hex}`)).map((hex) => unusedBlob(engine, hex)),
    ],
    owned: blobs.filter((hex) => kept.has(`sha256:${hex}`)),
  };
}

function keptBlobs(engine: Engine): Set<Digest> {
  const rows = engine.store
    .query<{ digest: Digest }, []>(
      "SELECT digest FROM image_blob UNION SELECT blob_digest FROM build_step WHERE blob_digest IS NOT NULL",
    )
    .all();
  return new Set(rows.map(({ digest }) => digest));
}

/** `layers`: newest first, since a layer can go only when none stands on it. */
function checkLayers(engine: Engine, layers: readonly LayerRecord[], arriving: boolean): Finding[] {
  const wanted = new Set([
    ...allImages(engine.store).flatMap(({ id }) =>
      imageLayers(engine.store, id).map(({ chainId }) => chainId as string),
    ),
    ...listBuildSteps(engine.store).flatMap(({ layer }) => (layer === undefined ? [] : [layer.chainId as string])),
  ]);
  const folders = new Set(folderNames(engine.paths.layers));
  return layers.flatMap((layer) => {
    // What a step of a build keeps stands on layers that no image may have any more.
    if (wanted.has(layer.chainId) && layer.parent !== null) wanted.add(layer.parent);
    if (!folders.has(layer.folder)) return [missingLayer(engine, layer.chainId, layer.folder)];
    return arriving || wanted.has(layer.chainId) ? [] : [unusedLayer(engine, layer.chainId, layer.folder)];
  });
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
    repair: async () => await deleteAside(await takeUnusedLayer(engine, chainId)),
  };
}

async function takeUnusedLayer(engine: Engine, chainId: string): Promise<string[]> {
  using _ = await lockImages(engine);
  // Somebody may have come to need it since.
  return isLayerKept(engine.store, chainId as Digest) ? [] : setAside(engine, forgetLayers(engine, [chainId]));
}

function strayFile(path: string): Finding {
  return {
    kind: "temporary",
    what: `${path} was left by a command that did not end well`,
    repair: () => void removeTree(path),
  };
}

function unusedBlob(engine: Engine, hex: string): Finding {
  return {
    kind: "blob",
    what: `${join(engine.paths.blobs, "sha256", hex)} belongs to no image`,
    repair: async () => await dropUnusedBlobs(engine, [`sha256:${hex}` as Digest]),
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
