import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { EstibaError } from "../../lib/error.ts";
import type { ForeignImage } from "./foreign-image.ts";
import { readJson } from "./read-json.ts";
import type { SplitLayer } from "./tar-split.ts";

type ImageEntry = { id: string; digest?: string; names?: string[] | null; layer?: string };
type LayerEntry = { id: string; parent?: string };

/** The images of a store of Podman, Buildah or CRI-O (containers/storage, driver overlay). Throws `not_found`, `corrupt`. */
export function podmanImages(root: string): ForeignImage[] {
  const images = readJson<ImageEntry[]>(join(root, "overlay-images/images.json"));
  const layers = new Map(
    readJson<LayerEntry[]>(join(root, "overlay-layers/layers.json")).map((layer) => [layer.id, layer]),
  );
  return images.map(({ id, digest, names, layer }) => {
    const tagged = (names ?? []).filter((name) => !name.includes("@"));
    const repositories = new Set((names ?? []).map((name) => name.replace(/@.*$/, "").replace(/:[^:/]*$/, "")));
    return {
      id,
      names: tagged,
      repoDigests: digest === undefined ? [] : [...repositories].map((repository) => `${repository}@${digest}`),
      config: () => readFileSync(join(root, "overlay-images", id, bigDataName(`sha256:${id}`))),
      layers: () => layerChain(root, layers, layer),
    };
  });
}

function layerChain(root: string, layers: ReadonlyMap<string, LayerEntry>, top: string | undefined): SplitLayer[] {
  const chain: SplitLayer[] = [];
  for (let id = top ?? ""; id !== ""; id = layers.get(id)?.parent ?? "") {
    const split = {
      metadata: join(root, "overlay-layers", `${id}.tar-split.gz`),
      folder: join(root, "overlay", id, "diff"),
    };
    if (!existsSync(split.metadata)) throw noMetadata(id);
    chain.unshift(split);
  }
  return chain;
}

// containers/storage keeps what is no plain name under its base64.
function bigDataName(key: string): string {
  return `=${Buffer.from(key).toString("base64")}`;
}

function noMetadata(layer: string): EstibaError {
  return new EstibaError("unsupported", {
    reason: "image.no_tar_split",
    what: `the layer ${layer.slice(0, 12)} has no archive metadata: it was not pulled as a whole`,
    fix: "bring the image by: podman save IMAGE | estiba load",
  });
}
