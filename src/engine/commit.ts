import { BlobWriter, readBlob } from "../image/content-store.ts";
import { announceArrival } from "../image/temporary.ts";
import { EstibaError } from "../lib/error.ts";
import { type Descriptor, MEDIA_TYPE } from "../oci/descriptor.ts";
import type { Digest } from "../oci/digest.ts";
import { type HistoryEntry, type ImageConfig, parseImageConfig } from "../oci/image-config.ts";
import { parseManifest } from "../oci/manifest.ts";
import type { ContainerRecord } from "../state/container.ts";
import { findContainer } from "../state/containers.ts";
import { type ImageRecord, imageById, imageLayers } from "../state/images.ts";
import { commitLayer } from "../storage/layer-store.ts";
import { keepBlob } from "./commit/blob.ts";
import { changesOf, wholeRootOf } from "./commit/layer.ts";
import { committedProcess } from "./commit/process.ts";
import { describeImage, type ImageFormat } from "./describe-image.ts";
import { emitContainerEvent } from "./emit-event.ts";
import type { Engine } from "./engine.ts";
import { ownName } from "./find-image.ts";
import { pauseContainer, unpauseContainer } from "./pause.ts";
import { ATTEMPTS, dropUnusedBlobs, isBlobGone, receiveImage } from "./receive-image.ts";
import { observe } from "./status.ts";
import { freeUnownedLayer } from "./unowned.ts";
import { whileItIsThere } from "./while-it-is-there.ts";

export type CommitOptions = {
  /** The name it gets, under localhost/ unless qualified. */
  readonly name?: string | undefined;
  readonly author?: string | undefined;
  readonly message?: string | undefined;
  /** Containerfile instructions, in order. */
  readonly changes: readonly string[];
  readonly configFile?: string | undefined;
  readonly format: ImageFormat;
  readonly includeVolumes: boolean;
  /** Freeze a running container meanwhile. */
  readonly pause: boolean;
  /** One layer with everything, instead of one more above the image's. */
  readonly squash: boolean;
  readonly signal: AbortSignal;
  /** Told of each layer and of the config, once it is stored. */
  readonly report: (blob: Pick<Descriptor, "digest" | "size"> & { readonly kind: "blob" | "config" }) => void;
};

/**
 * Makes an image of a container as it is: what it changed becomes a layer, read, hashed, compressed and unpacked in one pass. Names and
 * changes are checked before anything is read; the record comes last, so that a failure or a kill leaves no image. Throws `not_found`,
 * `invalid`, `exhausted`, `cancelled`.
 */
export async function commitContainer(engine: Engine, nameOrId: string, options: CommitOptions): Promise<ImageRecord> {
  const record = findContainer(engine.store, nameOrId);
  if (record.spec.rootfs !== undefined) throw withoutImage(record);
  const base = imageOf(engine, record);
  const process = committedProcess(record, base.config, options);
  const names = options.name === undefined ? [] : [ownName(options.name)];
  using _ = announceArrival(engine.paths);
  for (let attempt = 1; ; attempt++) {
    const stored: Storing["stored"] = { blobs: [], layers: [] };
    try {
      const image = await storeImage(engine, record, { base, process, names, options, stored });
      emitContainerEvent(engine, record, "commit", { imageID: image.id });
      return image;
    } catch (error) {
      await dropUnusedBlobs(engine, stored.blobs);
      for (const chainId of stored.layers) await freeUnownedLayer(engine, chainId);
      // An image with the very same layer was removed just now, and the blob with it.
      if (!isBlobGone(error) || attempt >= ATTEMPTS) throw error;
    }
  }
}

type Storing = {
  readonly base: Base;
  readonly process: ImageConfig["process"];
  readonly names: readonly string[];
  readonly options: CommitOptions;
  /** Gets the digests of what was stored: blobs, and layers by chain id. */
  readonly stored: { readonly blobs: Digest[]; readonly layers: Digest[] };
};

async function storeImage(
  engine: Engine,
  record: ContainerRecord,
  { base, process, names, options, stored }: Storing,
): Promise<ImageRecord> {
  const added = await storeLayer(engine, record, { base, options, stored });
  const below = options.squash ? [] : await layersOf(engine, base.image);
  const layers = [...below, added.blob];
  for (const { digest, size } of layers) options.report({ kind: "blob", digest, size });
  const config = { ...base.config, ...committedHistory(record, base, added.diffId, options), process };
  const source = await describeImage(engine, { config, layers, format: options.format });
  stored.blobs.push(source.manifest.config.digest, source.manifestDigest);
  options.report({ kind: "config", ...source.manifest.config });
  const { signal } = options;
  return await receiveImage(engine, { source, names, repoDigests: [], signal, report: () => undefined });
}

/** What the config says of how the image came to be. */
function committedHistory(
  record: ContainerRecord,
  base: Base,
  diffId: Digest,
  { author, message, squash }: CommitOptions,
): Pick<ImageConfig, "created" | "author" | "diffIds" | "history"> {
  const created = new Date().toISOString();
  const by = author === undefined ? {} : { author };
  const comment = message ?? `FROM ${record.imageName}`;
  const step: HistoryEntry = { created, createdBy: record.process.args.join(" "), ...by, comment };
  return {
    created,
    ...by,
    diffIds: [...(squash ? [] : base.config.diffIds), diffId],
    history: [...(squash ? [] : base.config.history), step],
  };
}

type Base = { readonly image: ImageRecord; readonly config: ImageConfig };

function imageOf(engine: Engine, record: ContainerRecord): Base {
  const image = imageById(engine.store, record.imageId);
  if (image !== undefined) return { image, config: parseImageConfig(image.config) };
  throw new EstibaError("not_found", {
    reason: "image.unknown",
    what: `the image "${record.imageName}" of the container is not in the store`,
    fix: `pull it again: estiba pull ${record.imageName}`,
  });
}

async function layersOf(engine: Engine, image: ImageRecord): Promise<readonly Descriptor[]> {
  const manifest = parseManifest(await readBlob(engine.paths, image.manifestDigest), undefined);
  return manifest.kind === "manifest" ? manifest.layers : [];
}

async function freeze(engine: Engine, record: ContainerRecord): Promise<AsyncDisposable | undefined> {
  if (observe(engine, record).status !== "running") return undefined;
  await pauseContainer(engine, record.id);
  return {
    [Symbol.asyncDispose]: async () => {
      await unpauseContainer(engine, record.id);
    },
  };
}

type AddedLayer = { readonly blob: Descriptor; readonly diffId: Digest };

/** Writes the layer as a folder and as a compressed blob from one reading of the container. */
async function storeLayer(
  engine: Engine,
  record: ContainerRecord,
  { base, options, stored }: Pick<Storing, "base" | "options" | "stored">,
): Promise<AddedLayer> {
  const { squash, signal } = options;
  await using _frozen = options.pause ? await freeze(engine, record) : undefined;
  const read = squash ? wholeRootOf : changesOf;
  const archive = whileItIsThere(engine, record, () => read(engine, record));
  const parents = squash ? [] : imageLayers(engine.store, base.image.id).map(({ chainId }) => chainId);
  using writer = new BlobWriter(engine.paths);
  let mediaType: string = MEDIA_TYPE.ociLayer;
  const kept = keepBlob(archive, writer, { signal, done: (type) => (mediaType = type) });
  const { diffId, chainId } = await commitLayer(engine, { parents, archive: kept });
  stored.layers.push(chainId as Digest);
  const blob = { mediaType, ...(await writer.commit()) };
  stored.blobs.push(blob.digest);
  return { blob, diffId };
}

function withoutImage({ name }: ContainerRecord): EstibaError {
  return new EstibaError("unsupported", {
    reason: "container.no_image",
    what: `cannot commit "${name}": it has a root of the host (--rootfs), not an image`,
    fix: "pack that folder: tar -C FOLDER -c . | estiba import - NAME",
  });
}
