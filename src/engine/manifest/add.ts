import { readBlob } from "../../image/content-store.ts";
import { EstibaError } from "../../lib/error.ts";
import type { DescribedPlatform, Descriptor } from "../../oci/descriptor.ts";
import type { Digest } from "../../oci/digest.ts";
import { parseImageConfig } from "../../oci/image-config.ts";
import { parseManifest } from "../../oci/manifest.ts";
import { choosePlatform, formatPlatform, hostPlatform, type Platform, parsePlatform } from "../../oci/platform.ts";
import { transaction } from "../../state/database.ts";
import { type ImageRecord, imageById } from "../../state/images.ts";
import { getManifestList, putManifestListEntry } from "../../state/manifest-lists.ts";
import type { Engine } from "../engine.ts";
import { lookUpImage } from "../find-image.ts";
import { pullImage } from "../pull.ts";
import { lockImages } from "../receive-image.ts";
import type { ImageProgress } from "../receive-layers.ts";
import type { RegistryOptions } from "../registry-session.ts";
import { findList } from "./find-list.ts";
import { remoteEntries } from "./remote.ts";

/** What a list says of an image, in place of what the image says itself. */
export type Description = {
  readonly os?: string | undefined;
  readonly architecture?: string | undefined;
  readonly variant?: string | undefined;
  readonly osVersion?: string | undefined;
  readonly osFeatures?: readonly string[];
  readonly features?: readonly string[];
  readonly annotations?: Readonly<Record<string, string>>;
};

export type AddOptions = RegistryOptions & {
  readonly description: Description;
  /** Every image of an index, not only that of the platform. */
  readonly all: boolean;
  readonly signal: AbortSignal;
};

/**
 * Adds an image to a list: one that is here, else one of a registry, which is pulled first; gives the digests added. Throws `not_found`, and
 * whatever a pull throws.
 */
export async function* addToList(
  engine: Engine,
  [listText, imageText]: readonly [list: string, image: string],
  options: AddOptions,
): AsyncGenerator<ImageProgress, Digest[], undefined> {
  const { name } = findList(engine, listText);
  const digests: Digest[] = [];
  for await (const image of imagesOf(engine, imageText, options)) {
    if ("kind" in image) yield image;
    else digests.push(await addImage(engine, name, image, options.description));
  }
  return digests;
}

/** Adds an image of the store to the list of a full name. */
export async function addImage(
  engine: Engine,
  list: string,
  image: ImageRecord,
  description: Description,
): Promise<Digest> {
  const bytes = await readBlob(engine.paths, image.manifestDigest);
  const manifest = parseManifest(bytes, undefined);
  const { os, architecture, variant } = parseImageConfig(image.config);
  const described = describe(
    {
      mediaType: manifest.mediaType,
      digest: image.manifestDigest,
      size: bytes.byteLength,
      platform: { os, architecture, ...(variant === undefined ? {} : { variant }) },
    },
    description,
  );
  // Nobody removes the image meanwhile.
  using _ = await lockImages(engine);
  transaction(engine.store, () => {
    if (getManifestList(engine.store, list) === undefined || imageById(engine.store, image.id) === undefined)
      throw removedMeanwhile(list);
    putManifestListEntry(engine.store, list, { imageId: image.id, descriptor: described });
  });
  return image.manifestDigest;
}

/** The descriptor with what is said of it; what is not said stays. */
export function describe(descriptor: Descriptor, description: Description): Descriptor {
  const { os, architecture, variant, osVersion, osFeatures = [], features = [], annotations = {} } = description;
  const before = descriptor.platform ?? { os: "linux", architecture: "" };
  const platform: DescribedPlatform = {
    ...before,
    ...(os === undefined ? {} : { os }),
    ...(architecture === undefined ? {} : { architecture }),
    ...(variant === undefined ? {} : { variant }),
    ...(osVersion === undefined ? {} : { "os.version": osVersion }),
    ...(osFeatures.length === 0 ? {} : { "os.features": [...osFeatures] }),
    ...(features.length === 0 ? {} : { features: [...features] }),
  };
  const noted = { ...descriptor.annotations, ...annotations };
  const { mediaType, digest, size } = descriptor;
  return { mediaType, digest, size, platform, ...(Object.keys(noted).length === 0 ? {} : { annotations: noted }) };
}

async function* imagesOf(
  engine: Engine,
  text: string,
  options: AddOptions,
): AsyncGenerator<ImageProgress | ImageRecord, void, undefined> {
  const local = text.startsWith("docker://")
    ? undefined
    : lookUpImage(engine, text.replace(/^containers-storage:/, ""));
  if (local !== undefined) {
    yield local.image;
    return;
  }
  const entries = await remoteEntries(text.replace(/^docker:\/\//, ""), options);
  // By digest: a tag that is here does not come to stand for another platform.
  for (const { name, platform } of options.all ? entries : [entryFor(text, entries, options.description)]) {
    const pulled = yield* pullImage(engine, name, { ...options, platform, policy: "missing" });
    yield pulled.image;
  }
}

function entryFor<T extends { readonly platform?: Platform }>(
  text: string,
  entries: readonly T[],
  { os, architecture, variant }: Description,
): T {
  const host = hostPlatform();
  const parts = [os ?? host.os, architecture ?? host.architecture, ...(variant === undefined ? [] : [variant])];
  const wanted = parsePlatform(parts.join("/"));
  const entry = choosePlatform(entries, wanted);
  if (entry !== undefined) return entry;
  const there = entries.flatMap(({ platform }) => (platform === undefined ? [] : [formatPlatform(platform)]));
  throw new EstibaError("not_found", {
    reason: "image.no_platform",
    what: `${text} is not there for ${formatPlatform(wanted)}`,
    fix: `choose with --os and --arch, or add all of them with --all: ${there.join(", ")}`,
  });
}

function removedMeanwhile(list: string): EstibaError {
  return new EstibaError("not_found", {
    reason: "manifest.removed_meanwhile",
    what: `the manifest list ${list}, or the image, was removed meanwhile`,
    fix: "try again",
  });
}
