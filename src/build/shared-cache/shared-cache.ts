import type { Engine } from "../../engine/engine.ts";
import { packLayer } from "../../engine/pack-layer.ts";
import { dropUnusedBlobs } from "../../engine/receive-image.ts";
import { receiveLayers } from "../../engine/receive-layers.ts";
import type { ImageSource } from "../../image/source.ts";
import { EstibaError } from "../../lib/error.ts";
import { type Descriptor, MEDIA_TYPE } from "../../oci/descriptor.ts";
import { chainIds, type Digest, digestOf } from "../../oci/digest.ts";
import { emptyProcess, parseImageConfig, printImageConfig } from "../../oci/image-config.ts";
import { MAX_DOCUMENT_BYTES, printManifest } from "../../oci/manifest.ts";
import { hostPlatform } from "../../oci/platform.ts";
import type { CachedStep } from "../cache.ts";
import type { StageFiles } from "../execute/files.ts";

/** A step with its key, as it is shared. */
export type SharedStep = CachedStep & { readonly key: string; readonly title: string };

/** A place outside of the store that has results of steps, each as a small image whose tag is the step's key. */
export type SharedCache = {
  /** For messages. */
  readonly name: string;
  /** The image of a key; undefined where there is none. */
  readonly find: (key: string, signal: AbortSignal) => Promise<ImageSource | undefined>;
};

/** A place where results of steps go. */
export type SharedCacheTarget = {
  readonly name: string;
  /** Which of the keys it has already. */
  readonly known: (keys: readonly string[], signal: AbortSignal) => Promise<ReadonlySet<string>>;
  /** Keeps one of them; its blobs are in the content store meanwhile. */
  readonly keep: (key: string, image: SharedImage, signal: AbortSignal) => Promise<void>;
};

/** A step as an image. */
export type SharedImage = {
  readonly manifest: Uint8Array;
  readonly config: Descriptor;
  readonly configBytes: Uint8Array;
  readonly layers: readonly Descriptor[];
};

/** Brings what a step of this key has made elsewhere into the store. Throws `corrupt` for what is no result of a step. */
export async function receiveStep(
  engine: Engine,
  files: StageFiles,
  source: ImageSource,
  signal: AbortSignal,
): Promise<CachedStep> {
  const config = parseImageConfig(await readConfig(source, signal));
  const { layers } = source.manifest;
  const [diffId] = config.diffIds;
  const [blob] = layers;
  const madeAt = Date.parse(config.created ?? "");
  if (layers.length > 1 || config.diffIds.length !== layers.length || Number.isNaN(madeAt))
    throw noStep(source.manifest.config.digest);
  if (diffId === undefined || blob === undefined) return { layer: undefined, madeAt };
  const chainId = chainIds([...files.diffIds, diffId]).at(-1) as Digest;
  const arrival = { source, names: [], repoDigests: [], signal, report: () => undefined };
  await receiveLayers(engine, arrival, [{ blob, diffId, chainId, parents: [...files.chain] }]);
  const { mediaType, digest, size } = blob;
  return { layer: { chainId, diffId, blob: { mediaType, digest, size } }, madeAt };
}

/** The config of an image that lies elsewhere, verified. Throws `corrupt` for one that is not what its manifest says. */
export async function readConfig({ manifest, open }: ImageSource, signal: AbortSignal): Promise<Uint8Array> {
  const { config } = manifest;
  if (config.size > MAX_DOCUMENT_BYTES) throw noStep(config.digest);
  const bytes = Buffer.concat(await Array.fromAsync(open(config, signal)));
  if (digestOf(bytes) !== config.digest) throw noStep(config.digest);
  return bytes;
}

/** Sends steps to a place, those that it has already left out. Throws what the place throws. */
export async function sendSteps(
  engine: Engine,
  steps: readonly SharedStep[],
  target: SharedCacheTarget,
  signal: AbortSignal,
): Promise<void> {
  const known = await target.known(
    steps.map(({ key }) => key),
    signal,
  );
  for (const step of steps) {
    if (known.has(step.key)) continue;
    const packed = await packedLayers(engine, step, signal);
    try {
      await target.keep(step.key, imageOf({ ...step, diffId: step.layer?.diffId }, packed), signal);
    } finally {
      const fresh = packed.map(({ digest }) => digest).filter((digest) => digest !== step.layer?.blob.digest);
      if (fresh.length > 0) await dropUnusedBlobs(engine, fresh);
    }
  }
}

async function packedLayers(engine: Engine, { layer }: SharedStep, signal: AbortSignal): Promise<Descriptor[]> {
  return layer === undefined
    ? []
    : [await packLayer(engine, layer.blob, { packing: { kind: "gzip" }, repack: "plain", signal })];
}

/** A step as an image of its layer, or of none. */
export function imageOf(
  { diffId, madeAt, title }: Pick<SharedStep, "madeAt" | "title"> & { readonly diffId: Digest | undefined },
  layers: readonly Descriptor[],
): SharedImage {
  const created = new Date(madeAt).toISOString();
  const configBytes = Buffer.from(
    printImageConfig({
      ...hostPlatform(),
      created,
      process: emptyProcess(),
      diffIds: diffId === undefined ? [] : [diffId],
      history: [{ created, createdBy: title, ...(diffId === undefined ? { emptyLayer: true } : {}) }],
    }),
  );
  const mediaType = MEDIA_TYPE.ociConfig;
  const config = { mediaType, digest: digestOf(configBytes), size: configBytes.byteLength };
  const manifest = printManifest({ mediaType: MEDIA_TYPE.ociManifest, config, layers: [...layers] });
  return { manifest, config, configBytes, layers };
}

function noStep(digest: Digest): EstibaError {
  return new EstibaError("corrupt", {
    reason: "build.bad_shared_step",
    what: `the image with the config ${digest} is not the result of a step`,
    fix: "leave out --cache-from, or fill its place anew with --cache-to",
  });
}
