import type { Bytes, Extensions, Mapping } from "./project.ts";
import type { FileReference, Ulimit } from "./service.ts";

/** How a service's image is built. */
export type Build = {
  /** A folder (absolute) or a remote context. */
  readonly context: string;
  /** Relative to the context; absent with dockerfile_inline. */
  readonly dockerfile?: string;
  readonly dockerfile_inline?: string;
  readonly entitlements?: readonly string[];
  /** Arguments without a value have got one from the project's environment, or are gone. */
  readonly args?: Mapping;
  /** `default` or `id=path`. */
  readonly ssh?: readonly string[];
  readonly labels?: Mapping;
  readonly cache_from?: readonly string[];
  readonly cache_to?: readonly string[];
  readonly no_cache?: boolean;
  readonly no_cache_filter?: readonly string[];
  /** By name: an absolute folder, `service:x`, `docker-image://...`, or a remote context. */
  readonly additional_contexts?: Mapping;
  readonly pull?: boolean;
  readonly extra_hosts?: readonly string[];
  readonly isolation?: string;
  readonly network?: string;
  readonly target?: string;
  readonly secrets?: readonly FileReference[];
  readonly shm_size?: Bytes;
  readonly tags?: readonly string[];
  readonly ulimits?: Readonly<Record<string, Ulimit>>;
  readonly platforms?: readonly string[];
  readonly privileged?: boolean;
  readonly provenance?: string;
  readonly sbom?: string;
} & Extensions;
