import type { Descriptor } from "../oci/descriptor.ts";
import type { Digest } from "../oci/digest.ts";
import type { Manifest } from "../oci/manifest.ts";

/** One image at the place it comes from, a registry or an archive. Its bytes are not trusted: whoever takes them verifies them. */
export type ImageSource = {
  readonly manifest: Manifest;
  readonly manifestDigest: Digest;
  /** The documents to keep beside config and layers: the manifest, and the index it was found in. */
  readonly documents: readonly Uint8Array[];
  readonly open: (blob: Descriptor, signal: AbortSignal) => AsyncIterable<Uint8Array>;
};
