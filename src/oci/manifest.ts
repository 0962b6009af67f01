import { EstibaError } from "../lib/error.ts";
import { type Descriptor, MEDIA_TYPE, parseDescriptor } from "./descriptor.ts";
import { asArray, asOptionalString, asStringMap, badDocument, type JsonObject, parseJsonObject } from "./json.ts";

/** Several images under one name, one for each platform (OCI image-index.md, Docker manifest list). */
export type Index = {
  kind: "index";
  mediaType: string;
  manifests: Descriptor[];
  annotations?: Record<string, string>;
};

/** One image: its config and its layers, lowest first (OCI manifest.md, Docker schema 2). */
export type Manifest = {
  kind: "manifest";
  mediaType: string;
  config: Descriptor;
  layers: Descriptor[];
  annotations?: Record<string, string>;
};

/** Largest manifest, index or config that is read, in bytes. */
export const MAX_DOCUMENT_BYTES: number = 4 * 1024 * 1024;

/** Most layers an image may have: what one overlay mount takes. */
const MAX_LAYERS = 500;

const INDEX_TYPES: readonly string[] = [MEDIA_TYPE.ociIndex, MEDIA_TYPE.dockerList];
const MANIFEST_TYPES: readonly string[] = [MEDIA_TYPE.ociManifest, MEDIA_TYPE.dockerManifest];

/** What a registry is asked for, best first. */
export const ACCEPTED_MANIFESTS: readonly string[] = [...INDEX_TYPES, ...MANIFEST_TYPES];

/**
 * Reads a manifest or an index. `contentType` is what the transport or the descriptor called it; where the document names its own type the
 * two must agree, and a document with the fields of both kinds is refused: one digest must have one meaning.
 * Throws `corrupt` for a document that breaks its specification, `unsupported` for schema 1, artifacts and unknown types.
 */
export function parseManifest(bytes: Uint8Array, contentType: string | undefined): Index | Manifest {
  const object = parseJsonObject(bytes, "the manifest");
  const told = contentType?.split(";")[0]?.trim().toLowerCase();
  if (object["schemaVersion"] === 1 || told?.includes("distribution.manifest.v1") === true) throw schemaOne();
  if (object["schemaVersion"] !== 2)
    throw badDocument(`the manifest has schemaVersion ${JSON.stringify(object["schemaVersion"])}, not 2`);
  const mediaType = agreedType(object, told);
  const isIndex = INDEX_TYPES.includes(mediaType);
  if (object["manifests"] !== undefined && (object["layers"] !== undefined || object["config"] !== undefined)) {
    throw badDocument("the manifest is an index and an image at once: it has both manifests and layers");
  }
  return isIndex ? parseIndex(object, mediaType) : parseImageManifest(object, mediaType);
}

/** Prints a manifest the way {@link parseManifest} reads it; the same value gives the same bytes. */
export function printManifest({ mediaType, config, layers, annotations }: Omit<Manifest, "kind">): Uint8Array {
  return Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType, config, layers, ...printed(annotations) }));
}

/** Prints an index the way {@link parseManifest} reads it. */
export function printIndex({ mediaType, manifests, annotations }: Omit<Index, "kind">): Uint8Array {
  return Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType, manifests, ...printed(annotations) }));
}

function printed(annotations: Record<string, string> | undefined): { annotations?: Record<string, string> } {
  return annotations === undefined || Object.keys(annotations).length === 0 ? {} : { annotations };
}

/** True for the media types of an index or a manifest list. */
export function isIndexType(mediaType: string): boolean {
  return INDEX_TYPES.includes(mediaType);
}

function agreedType(object: JsonObject, told: string | undefined): string {
  const own = asOptionalString(object["mediaType"], "the mediaType of the manifest");
  const known = told !== undefined && ACCEPTED_MANIFESTS.includes(told);
  if (own !== undefined && known && own !== told) {
    throw badDocument(`the manifest calls itself "${own}", the registry calls it "${told}"`);
  }
  const type = own ?? (known ? told : undefined) ?? guessedType(object);
  if (ACCEPTED_MANIFESTS.includes(type)) return type;
  throw new EstibaError("unsupported", {
    reason: "image.unsupported_manifest",
    what: `unsupported manifest type "${type.slice(0, 120)}"`,
  });
}

// OCI lets mediaType be absent, and some registries answer with application/json or text/plain.
function guessedType(object: JsonObject): string {
  return object["manifests"] === undefined ? MEDIA_TYPE.ociManifest : MEDIA_TYPE.ociIndex;
}

function parseIndex(object: JsonObject, mediaType: string): Index {
  if (!Array.isArray(object["manifests"])) throw badDocument("the index has no manifests");
  const manifests = object["manifests"].map((item, position) =>
    parseDescriptor(item, `manifest ${position} of the index`),
  );
  return { kind: "index", mediaType, manifests, ...parsedAnnotations(object, "the annotations of the index") };
}

function parseImageManifest(object: JsonObject, mediaType: string): Manifest {
  if (object["config"] === undefined) throw badDocument("the manifest has no config");
  const config = parseDescriptor(object["config"], "the config of the manifest");
  if (config.mediaType !== MEDIA_TYPE.ociConfig && config.mediaType !== MEDIA_TYPE.dockerConfig) {
    throw new EstibaError("unsupported", {
      reason: "image.not_an_image",
      what: `this is an artifact of type "${config.mediaType.slice(0, 120)}", not a container image`,
    });
  }
  const layers = asArray(object["layers"], "the layers of the manifest");
  if (layers.length > MAX_LAYERS)
    throw badDocument(`the manifest has ${layers.length} layers; at most ${MAX_LAYERS} are possible`);
  return {
    kind: "manifest",
    mediaType,
    config,
    layers: layers.map((item, index) => parseLayer(item, index)),
    ...parsedAnnotations(object, "the annotations of the manifest"),
  };
}

function parsedAnnotations(object: JsonObject, where: string): { annotations?: Record<string, string> } {
  return printed(asStringMap(object["annotations"], where));
}

function parseLayer(value: unknown, position: number): Descriptor {
  const layer = parseDescriptor(value, `layer ${position}`);
  if (layer.mediaType.includes("encrypted")) {
    throw new EstibaError("unsupported", { reason: "image.encrypted_layer", what: `layer ${position} is encrypted` });
  }
  if (/\.(foreign|nondistributable)\./.test(layer.mediaType)) {
    throw new EstibaError("unsupported", {
      reason: "image.foreign_layer",
      what: `layer ${position} is a foreign one: "${layer.mediaType.slice(0, 120)}"`,
      fix: "use an image whose registry has all of its layers",
    });
  }
  if (layer.mediaType.includes("tar")) return layer;
  throw new EstibaError("unsupported", {
    reason: "image.unsupported_layer",
    what: `layer ${position} has the unsupported type "${layer.mediaType.slice(0, 120)}"`,
  });
}

function schemaOne(): EstibaError {
  return new EstibaError("unsupported", {
    reason: "image.schema1",
    what: "the image has a Docker schema 1 manifest, which was withdrawn",
    fix: "push it again with a current tool, such as: skopeo copy --format oci",
  });
}
