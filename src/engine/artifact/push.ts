import type { RegistrySession } from "../../image/registry/session.ts";
import { putManifest, uploadBlob } from "../../image/registry/upload.ts";
import { isEstibaError } from "../../lib/error.ts";
import { type ArtifactVersion, EMPTY_CONFIG, printArtifact } from "../../oci/artifact.ts";
import { MEDIA_TYPE } from "../../oci/descriptor.ts";
import { type Digest, digestOf } from "../../oci/digest.ts";
import type { QualifiedReference } from "../../oci/reference.ts";
import { placeOf } from "../push.ts";
import { openSession, type RegistryOptions } from "../registry-session.ts";

/** A file of an artifact. */
export type ArtifactFile = {
  readonly mediaType: string;
  readonly bytes: Uint8Array;
  readonly annotations: Readonly<Record<string, string>>;
};

export type ArtifactPush = RegistryOptions & {
  readonly reference: QualifiedReference;
  readonly type: string;
  /** What stands for the type where the registry knows version 1.0 only. */
  readonly configType: string;
  readonly files: readonly ArtifactFile[];
  /** Undefined: 1.1, and 1.0 where the registry refuses that. */
  readonly version: ArtifactVersion | undefined;
  readonly annotations: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
};

/**
 * Pushes files as an artifact: the files, then the manifest, so that the name never stands for half of it. Throws as a push of an image does.
 */
export async function pushArtifact(push: ArtifactPush): Promise<Digest> {
  const { reference, files, signal } = push;
  const session = await openSession(placeOf(reference), push, "push");
  for (const bytes of [EMPTY_CONFIG, ...files.map((file) => file.bytes)]) await upload(session, bytes, signal);
  const layers = files.map(({ mediaType, bytes, annotations }) => ({
    mediaType,
    digest: digestOf(bytes),
    size: bytes.byteLength,
    annotations,
  }));
  const put = async (version: ArtifactVersion): Promise<Digest> => {
    const bytes = printArtifact({ ...push, layers, version });
    const name = reference.tag ?? digestOf(bytes);
    return await putManifest(session, name, { bytes, mediaType: MEDIA_TYPE.ociManifest }, signal);
  };
  try {
    return await put(push.version ?? "1.1");
  } catch (error) {
    if (push.version !== undefined || !refusesArtifacts(error)) throw error;
    return await put("1.0");
  }
}

async function upload(session: RegistrySession, bytes: Uint8Array, signal: AbortSignal): Promise<void> {
  const blob = { mediaType: "application/octet-stream", digest: digestOf(bytes), size: bytes.byteLength };
  await uploadBlob(session, {
    blob,
    read: async function* (offset) {
      yield await Promise.resolve(bytes.subarray(offset));
    },
    elsewhere: [],
    signal,
    report: () => undefined,
  });
}

/** The registry takes no manifest of this form; whoever may not push at all need not try again. */
function refusesArtifacts(error: unknown): boolean {
  if (!isEstibaError(error)) return false;
  const status = Number(error.details["status"]);
  return status >= 400 && status < 500 && ![401, 403, 407].includes(status);
}
