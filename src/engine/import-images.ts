import type { ForeignEngine } from "../config/foreign-roots.ts";
import { dockerImages } from "../image/foreign/docker.ts";
import { type ForeignImage, foreignSource } from "../image/foreign/foreign-image.ts";
import { podmanImages } from "../image/foreign/podman.ts";
import { EstibaError } from "../lib/error.ts";
import { withProgress } from "../lib/with-progress.ts";
import { isDigest } from "../oci/digest.ts";
import { isQualified, parseReference, qualify, repositoryOf, storedName } from "../oci/reference.ts";
import type { ImageRecord } from "../state/images.ts";
import { emitEvent } from "./emit-event.ts";
import type { Engine } from "./engine.ts";
import { receiveImage } from "./receive-image.ts";
import type { ImageProgress } from "./receive-layers.ts";

type ImportFrom = {
  readonly from: ForeignEngine;
  readonly root: string;
  /** Names or beginnings of ids; undefined for every image that has a name. */
  readonly wanted: readonly string[] | undefined;
  readonly signal: AbortSignal;
};

/**
 * Brings images from the store of another engine, which is only read; whether it runs does not matter. Ids, names and repository digests
 * stay; every layer is verified against its diffId. Each arrives whole or not at all. Throws `not_found`, `corrupt`, `unsupported`.
 */
export async function* importImagesFrom(
  engine: Engine,
  { from, root, wanted, signal: outer }: ImportFrom,
): AsyncGenerator<ImageProgress, { image: ImageRecord; names: string[] }[], undefined> {
  const images = from === "docker" ? dockerImages(root) : podmanImages(root);
  const chosen =
    wanted === undefined ? images.filter(({ names }) => names.length > 0) : wanted.map((name) => find(images, name));
  return yield* withProgress(outer, async (report: (step: ImageProgress) => void, signal) => {
    const brought: { image: ImageRecord; names: string[] }[] = [];
    for (const foreign of new Set(chosen)) {
      const source = await foreignSource(foreign);
      const names = foreign.names.map((name) => fullName(name));
      const repoDigests = foreign.repoDigests.flatMap(repoDigest);
      const image = await receiveImage(engine, { source, names, repoDigests, signal, report });
      emitEvent(engine, { type: "image", action: "import", id: image.id, name: names[0] ?? image.id });
      brought.push({ image, names });
    }
    return brought;
  });
}

const SHORTEST_PREFIX = 3;

function find(images: readonly ForeignImage[], text: string): ForeignImage {
  const id = text.replace(/^sha256:/, "");
  const asId = /^[0-9a-f]+$/.test(id) && id.length >= SHORTEST_PREFIX;
  const names = text.startsWith("sha256:") ? [] : ["docker.io", "localhost"].map((domain) => fullName(text, domain));
  const found =
    images.find((image) => image.names.some((name) => names.includes(fullName(name)))) ??
    images.find((image) => asId && image.id.startsWith(id));
  if (found !== undefined) return found;
  const known = images.flatMap((image) => image.names);
  throw new EstibaError("not_found", {
    reason: "image.unknown_foreign",
    what: `the other engine has no image "${text}"`,
    fix: known.length === 0 ? "it has none with a name" : `it has: ${known.slice(0, 10).join(", ")}`,
  });
}

function fullName(text: string, domain = "docker.io"): string {
  const reference = parseReference(text);
  return storedName(isQualified(reference) ? reference : qualify(reference, domain));
}

function repoDigest(text: string): { repository: string; digest: `sha256:${string}` }[] {
  const [path = "", digest = ""] = text.split("@");
  if (!isDigest(digest) || !digest.startsWith("sha256:")) return [];
  const reference = parseReference(path);
  const repository = repositoryOf(isQualified(reference) ? reference : qualify(reference, "docker.io"));
  return [{ repository, digest: digest as `sha256:${string}` }];
}
