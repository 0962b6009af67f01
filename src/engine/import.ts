import { BlobWriter, streamBlob, streamFile } from "../image/content-store.ts";
import { download } from "../image/download.ts";
import { announceArrival } from "../image/temporary.ts";
import { type Compression, decompress, detectCompression, peek } from "../lib/decompress.ts";
import { EstibaError } from "../lib/error.ts";
import { applyChange } from "../oci/config-change.ts";
import { type Descriptor, MEDIA_TYPE } from "../oci/descriptor.ts";
import { type Digest, Digester } from "../oci/digest.ts";
import { emptyProcess, type ImageConfig } from "../oci/image-config.ts";
import { hostPlatform, type Platform } from "../oci/platform.ts";
import type { ImageRecord } from "../state/images.ts";
import { describeImage } from "./describe-image.ts";
import { emitEvent } from "./emit-event.ts";
import type { Engine } from "./engine.ts";
import { ownName } from "./find-image.ts";
import { dropUnusedBlobs, receiveImage } from "./receive-image.ts";

type ImportOptions = {
  /** The name it gets, under localhost/ unless qualified. */
  readonly name?: string | undefined;
  /** Containerfile instructions, in order. */
  readonly changes: readonly string[];
  /** The comment in its history. */
  readonly message?: string | undefined;
  readonly platform?: Platform | undefined;
  readonly signal: AbortSignal;
};

/** What is imported: a file, an http(s) address, or a stream such as stdin. */
export type ImportInput = { path: string } | { url: URL } | { stream: AsyncIterable<Uint8Array> };

/**
 * Makes an image of one layer from a tar archive, compressed or not. Throws `invalid` for a bad name or change before anything is read,
 * `not_found`, `corrupt` for what is no archive, `exhausted`, `cancelled`; on failure there is no image.
 */
export async function importImage(engine: Engine, input: ImportInput, options: ImportOptions): Promise<ImageRecord> {
  const process = options.changes.reduce(applyChange, emptyProcess());
  const names = options.name === undefined ? [] : [ownName(options.name)];
  using _ = announceArrival(engine.paths);
  const stored: Digest[] = [];
  try {
    const layer = await storeLayer(engine, openInput(input, options.signal));
    stored.push(layer.digest);
    const created = new Date().toISOString();
    const comment = options.message === undefined ? {} : { comment: options.message };
    const config: ImageConfig = {
      created,
      ...(options.platform ?? hostPlatform()),
      process,
      diffIds: [await diffIdOf(engine, layer)],
      history: [{ created, createdBy: `estiba import of ${layer.digest}`, ...comment }],
    };
    const source = await describeImage(engine, { config, layers: [layer] });
    stored.push(source.manifest.config.digest, source.manifestDigest);
    const { signal } = options;
    const image = await receiveImage(engine, { source, names, repoDigests: [], signal, report: () => undefined });
    emitEvent(engine, { type: "image", action: "import", id: image.id, name: names[0] ?? image.id });
    return image;
  } catch (error) {
    await dropUnusedBlobs(engine, stored);
    throw error;
  }
}

function openInput(input: ImportInput, signal: AbortSignal): AsyncIterable<Uint8Array> {
  if ("stream" in input) return input.stream;
  return "url" in input ? download(input.url, signal) : streamFile(input.path);
}

/** Keeps gzip, zstd and plain archives as they are; what OCI has no type for is unpacked. */
async function storeLayer(engine: Engine, source: AsyncIterable<Uint8Array>): Promise<Descriptor> {
  const { head, all } = await peek(source, 6);
  if (head.byteLength === 0) throw emptyArchive();
  const mediaType = TYPES[detectCompression(head)];
  using writer = new BlobWriter(engine.paths);
  for await (const chunk of mediaType === undefined ? decompress(all) : all) writer.write(chunk);
  return { mediaType: mediaType ?? MEDIA_TYPE.ociLayer, ...(await writer.commit()) };
}

async function diffIdOf(engine: Engine, { mediaType, digest }: Descriptor): Promise<Digest> {
  if (mediaType === MEDIA_TYPE.ociLayer) return digest;
  const digester = new Digester();
  for await (const chunk of decompress(streamBlob(engine.paths, digest))) digester.update(chunk);
  return digester.digest();
}

const TYPES: Readonly<Partial<Record<Compression, string>>> = {
  none: MEDIA_TYPE.ociLayer,
  gzip: MEDIA_TYPE.ociLayerGzip,
  zstd: MEDIA_TYPE.ociLayerZstd,
};

function emptyArchive(): EstibaError {
  return new EstibaError("corrupt", {
    reason: "image.bad_archive",
    what: "there is nothing to import: the input is empty",
  });
}
