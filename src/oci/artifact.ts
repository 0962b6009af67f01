import { type Descriptor, MEDIA_TYPE, parseDescriptor } from "./descriptor.ts";
import { digestOf } from "./digest.ts";
import { asArray, asObject, asOptionalString, badDocument, parseJsonObject } from "./json.ts";

/** A manifest whose layers are files, not a root file system (OCI image spec, manifest.md, "Guidelines for Artifact Usage"). */
export type Artifact = {
  /** What kind of files: its `artifactType`, else the media type of its config. */
  readonly type: string;
  readonly layers: readonly Descriptor[];
};

/** Which specification the manifest follows: 1.0 has no `artifactType`. */
export type ArtifactVersion = "1.0" | "1.1";

/** What an artifact has instead of a config. */
export const EMPTY_CONFIG: Uint8Array = Buffer.from("{}");

const EMPTY_TYPE = "application/vnd.oci.empty.v1+json";
/** No more files than an image may have layers. */
const MAX_FILES = 500;

type Printed = {
  readonly version: ArtifactVersion;
  readonly type: string;
  /** Stands for the type where the version has no other place for it. */
  readonly configType: string;
  readonly layers: readonly Descriptor[];
  readonly annotations: Readonly<Record<string, string>>;
};

/** Prints an artifact's manifest the way {@link parseArtifact} reads it. */
export function printArtifact({ version, type, configType, layers, annotations }: Printed): Uint8Array {
  const config = {
    mediaType: version === "1.1" ? EMPTY_TYPE : configType,
    digest: digestOf(EMPTY_CONFIG),
    size: EMPTY_CONFIG.byteLength,
    data: Buffer.from(EMPTY_CONFIG).toString("base64"),
  };
  const typed = version === "1.1" ? { artifactType: type } : {};
  const manifest = { schemaVersion: 2, mediaType: MEDIA_TYPE.ociManifest, ...typed, config, layers, annotations };
  return Buffer.from(JSON.stringify(manifest));
}

/** Reads the manifest of an artifact. Throws `corrupt` for a document that breaks its specification. */
export function parseArtifact(bytes: Uint8Array): Artifact {
  const object = parseJsonObject(bytes, "the manifest");
  if (object["schemaVersion"] !== 2) throw badDocument("the manifest of the artifact has another schemaVersion than 2");
  const config = asObject(object["config"] ?? {}, "the config of the artifact");
  const layers = asArray(object["layers"] ?? [], "the layers of the artifact");
  if (layers.length > MAX_FILES)
    throw badDocument(`the artifact has ${layers.length} files; at most ${MAX_FILES} are possible`);
  return {
    type:
      asOptionalString(object["artifactType"], "the artifactType") ??
      asOptionalString(config["mediaType"], "the mediaType of the config") ??
      "",
    layers: layers.map((layer, index) => parseDescriptor(layer, `file ${index} of the artifact`)),
  };
}
