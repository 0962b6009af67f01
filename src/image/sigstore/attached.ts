import { isEstibaError } from "../../lib/error.ts";
import { type Descriptor, MEDIA_TYPE, parseDescriptor } from "../../oci/descriptor.ts";
import { type Digest, digestOf } from "../../oci/digest.ts";
import { asArray, parseJsonObject } from "../../oci/json.ts";
import { fetchBlob, fetchManifest } from "../registry/client.ts";
import { badReply } from "../registry/errors.ts";
import type { RegistrySession } from "../registry/session.ts";
import { putManifest, uploadBlob } from "../registry/upload.ts";
import { PAYLOAD_TYPE, SIGNATURE_ANNOTATION, signatureTag } from "./signature.ts";

/** A signature beside an image in its registry: the signed bytes, and the signature of them, base64. */
export type AttachedSignature = { readonly payload: Uint8Array; readonly signature: string };

/** More bytes than any payload has. */
const MAX_PAYLOAD_BYTES = 128 * 1024;
const MAX_SIGNATURES = 64;

/** The signatures that a registry has for a digest, unverified. None is no error. */
export async function fetchSignatures(
  session: RegistrySession,
  digest: Digest,
  signal: AbortSignal,
): Promise<AttachedSignature[]> {
  const found: AttachedSignature[] = [];
  for (const layer of await signatureLayers(session, digest, signal)) {
    const signature = layer.annotations?.[SIGNATURE_ANNOTATION];
    if (signature === undefined || layer.mediaType !== PAYLOAD_TYPE) continue;
    found.push({ payload: await readPayload(session, layer, signal), signature });
  }
  return found;
}

/** Puts a signature beside the image, after those that are there already. */
export async function attachSignature(
  session: RegistrySession,
  digest: Digest,
  { payload, signature }: AttachedSignature,
  signal: AbortSignal,
): Promise<void> {
  const before = await signatureLayers(session, digest, signal);
  const own = { mediaType: PAYLOAD_TYPE, digest: digestOf(payload), size: payload.byteLength };
  const layers = [...before, { ...own, annotations: { [SIGNATURE_ANNOTATION]: signature } }];
  const config = Buffer.from(
    JSON.stringify({
      architecture: "",
      os: "",
      config: {},
      rootfs: { type: "layers", diff_ids: layers.map((layer) => layer.digest) },
    }),
  );
  const configBlob = { mediaType: MEDIA_TYPE.ociConfig, digest: digestOf(config), size: config.byteLength };
  await Promise.all([store(session, own, payload, signal), store(session, configBlob, config, signal)]);
  const mediaType = MEDIA_TYPE.ociManifest;
  const bytes = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType, config: configBlob, layers }));
  await putManifest(session, signatureTag(digest), { bytes, mediaType }, signal);
}

async function signatureLayers(session: RegistrySession, digest: Digest, signal: AbortSignal): Promise<Descriptor[]> {
  try {
    const { bytes } = await fetchManifest(session, { tag: signatureTag(digest) }, signal);
    const layers = asArray(parseJsonObject(bytes, "the signatures")["layers"], "the layers of the signatures");
    if (layers.length > MAX_SIGNATURES)
      throw badReply(session.domain, `more than ${MAX_SIGNATURES} signatures of one image`);
    return layers.map((layer, index) => parseDescriptor(layer, `signature ${index}`));
  } catch (error) {
    if (isEstibaError(error) && error.reason === "image.manifest_unknown") return [];
    throw error;
  }
}

async function readPayload(session: RegistrySession, blob: Descriptor, signal: AbortSignal): Promise<Uint8Array> {
  if (blob.size > MAX_PAYLOAD_BYTES) throw badReply(session.domain, `a signature of ${blob.size} bytes`);
  const bytes = Buffer.concat(await Array.fromAsync(fetchBlob(session, blob, signal)));
  if (digestOf(bytes) === blob.digest) return bytes;
  throw badReply(session.domain, `a signature whose bytes are not those of ${blob.digest}`);
}

async function store(
  session: RegistrySession,
  blob: Descriptor,
  bytes: Uint8Array,
  signal: AbortSignal,
): Promise<void> {
  // biome-ignore lint/suspicious/useAwait: what uploadBlob reads is asynchronous.
  const read = async function* (offset: number): AsyncGenerator<Uint8Array> {
    yield bytes.subarray(offset);
  };
  await uploadBlob(session, { blob, read, elsewhere: [], signal, report: () => undefined });
}
