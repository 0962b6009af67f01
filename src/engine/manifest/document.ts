import { type Descriptor, MEDIA_TYPE } from "../../oci/descriptor.ts";
import type { Index } from "../../oci/manifest.ts";
import type { ManifestList } from "../../state/manifest-lists.ts";

/** A list as a document: Docker's kind where all of its images are Docker's and nothing else is asked for, else OCI's. */
export function documentOf({ entries, annotations }: ManifestList, format?: "oci" | "docker"): Index {
  const manifests = entries.map(({ descriptor }) => descriptor);
  const docker =
    (format ??
      (manifests.length > 0 && manifests.every(({ mediaType }) => mediaType === MEDIA_TYPE.dockerManifest)
        ? "docker"
        : "oci")) === "docker";
  // Docker's kind has no annotations.
  if (docker) return { kind: "index", mediaType: MEDIA_TYPE.dockerList, manifests: manifests.map(withoutAnnotations) };
  return { kind: "index", mediaType: MEDIA_TYPE.ociIndex, manifests, annotations: { ...annotations } };
}

function withoutAnnotations(descriptor: Descriptor): Descriptor {
  const { annotations: _, ...rest } = descriptor;
  return rest;
}
