import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { EstibaError } from "../../lib/error.ts";
import { chainIds, digestHex } from "../../oci/digest.ts";
import { parseImageConfig } from "../../oci/image-config.ts";
import type { ForeignImage } from "./foreign-image.ts";
import { readJson } from "./read-json.ts";
import type { SplitLayer } from "./tar-split.ts";

/** The images of a data root of Docker (driver overlay2); the daemon may run or not. Only images with a name. Throws `not_found`, `corrupt`. */
export function dockerImages(root: string): ForeignImage[] {
  const store = join(root, "image/overlay2");
  if (!existsSync(store)) throw otherStore(root);
  const { Repositories } = readJson<{ Repositories?: Record<string, Record<string, string>> }>(
    join(store, "repositories.json"),
  );
  const byId = new Map<string, string[]>();
  for (const references of Object.values(Repositories ?? {})) {
    for (const [reference, digest] of Object.entries(references)) {
      const id = digest.replace(/^sha256:/, "");
      byId.set(id, [...(byId.get(id) ?? []), reference]);
    }
  }
  return [...byId].map(([id, references]) => {
    const config = (): Uint8Array => readFileSync(join(store, "imagedb/content/sha256", id));
    return {
      id,
      names: references.filter((reference) => !reference.includes("@")),
      repoDigests: references.filter((reference) => reference.includes("@")),
      config,
      layers: () => chainIds(parseImageConfig(config()).diffIds).map((chainId) => layerOf(root, digestHex(chainId))),
    };
  });
}

function layerOf(root: string, chain: string): SplitLayer {
  const entry = join(root, "image/overlay2/layerdb/sha256", chain);
  const cacheId = readFileSync(join(entry, "cache-id"), "utf8").trim();
  return { metadata: join(entry, "tar-split.json.gz"), folder: join(root, "overlay2", cacheId, "diff") };
}

function otherStore(root: string): EstibaError {
  return new EstibaError("unsupported", {
    reason: "image.foreign_store",
    what: `${root} has no images of Docker's overlay2 driver: there are none, or they are kept by containerd or another driver`,
    fix: "bring them by: docker save IMAGE... | estiba load",
  });
}
