import { createReadStream, rmSync } from "node:fs";
import { join } from "node:path";
import { folderNames } from "../../host/folder-names.ts";
import { listTemporaries } from "../../image/temporary.ts";
import { listBuildSteps } from "../../state/build-steps.ts";
import { allImages, imageLayers } from "../../state/images.ts";
import { deleteLayer, listLayers } from "../../state/layers.ts";
import { listStrayLayers, removeStrayLayers } from "../../storage/layer-store.ts";
import { removeTree } from "../../storage/remove-tree.ts";
import type { Engine } from "../engine.ts";
import type { Finding } from "./finding.ts";

/** Layers and blobs: those that nothing owns, those that are missing, and, unless quick, those whose content is not what their name says. */
export async function* checkImages(engine: Engine, { quick }: { quick: boolean }): AsyncGenerator<Finding> {
  const temporaries = listTemporaries(engine.paths);
  for (const { path, alive } of temporaries) if (!alive) yield strayFile(path);
  // What an image has brought so far belongs to none yet.
  const arriving = temporaries.some(({ kind, alive }) => kind === "arrival" && alive);
  yield* checkLayers(engine, arriving);
  if (!arriving) yield* checkStrayLayers(engine);
  const kept = new Set(
    engine.store
      .query<{ digest: string }, []>(
        "SELECT digest FROM image_blob UNION SELECT blob_digest FROM build_step WHERE blob_digest IS NOT NULL",
      )
      .all()
      .map(({ digest }) => digest),
  );
  const folder = join(engine.paths.blobs, "sha256");
  const present = folderNames(folder);
  for (const digest of kept) {
    const [algorithm = "", hex = ""] = digest.split(":");
    if (!folderNames(join(engine.paths.blobs, algorithm)).includes(hex)) yield missingBlob(digest);
  }
  for (const hex of present) {
    if (!arriving && !kept.has(`sha256:${hex}`)) yield unusedBlob(join(folder, hex));
  }
  if (quick) return;
  for (const hex of present) {
    if (kept.has(`sha256:${hex}`) && (await sha256(join(folder, hex))) !== hex) yield damagedBlob(join(folder, hex));
  }
}

function* checkLayers(engine: Engine, arriving: boolean): Generator<Finding> {
  // Newest first: a layer can go only when none stands on it.
  const layers = listLayers(engine.store).reverse();
  const wanted = new Set([
    ...allImages(engine.store).flatMap(({ id }) =>
      imageLayers(engine.store, id).map(({ chainId }) => chainId as string),
    ),
    ...listBuildSteps(engine.store).flatMap(({ layer }) => (layer === undefined ? [] : [layer.chainId as string])),
  ]);
  const folders = new Set(folderNames(engine.paths.layers));
  for (const layer of layers) {
    // What a step of a build keeps stands on layers that no image may have any more.
    if (wanted.has(layer.chainId) && layer.parent !== null) wanted.add(layer.parent);
    if (!folders.has(layer.folder)) yield missingLayer(engine, layer.chainId, layer.folder);
    else if (!arriving && !wanted.has(layer.chainId)) yield unusedLayer(engine, layer.chainId, layer.folder);
  }
}

function* checkStrayLayers(engine: Engine): Generator<Finding> {
  for (const folder of listStrayLayers(engine)) {
    yield {
      kind: "layer",
      what: `${join(engine.paths.layers, folder)} was left half made`,
      repair: () => void removeStrayLayers(engine),
    };
  }
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
    repair: () => {
      if (deleteLayer(engine.store, chainId) !== undefined)
        rmSync(join(engine.paths.layers, folder), { recursive: true, force: true });
    },
  };
}

function strayFile(path: string): Finding {
  return {
    kind: "temporary",
    what: `${path} was left by a command that did not end well`,
    repair: () => void removeTree(path),
  };
}

function unusedBlob(path: string): Finding {
  return { kind: "blob", what: `${path} belongs to no image`, repair: () => rmSync(path, { force: true }) };
}

function missingBlob(digest: string): Finding {
  return { kind: "blob", what: `the blob ${digest} is missing: pull the images that have it again`, repair: undefined };
}

function damagedBlob(path: string): Finding {
  return {
    kind: "blob",
    what: `${path} is damaged: its content does not match its digest`,
    // Gone, so that the next pull brings it back whole; containers do not need it.
    repair: () => rmSync(path, { force: true }),
  };
}

async function sha256(path: string): Promise<string> {
  const hasher = new Bun.CryptoHasher("sha256");
  for await (const chunk of createReadStream(path, { highWaterMark: 1024 * 1024 })) hasher.update(chunk as Uint8Array);
  return hasher.digest("hex");
}
