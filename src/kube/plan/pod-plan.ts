import type { ContainerSpec } from "../../state/container.ts";
import type { PodNamespace } from "../../state/pod.ts";
import type { RestartPolicy } from "../../state/spec/restart.ts";

/** A container of a pod: all but its pod, and what its image decides. */
export type ContainerPlan = {
  readonly spec: ContainerSpec;
  readonly pull: "always" | "missing" | "newer" | "never";
  /** It must not run as root, whatever the image says. */
  readonly nonRoot: boolean;
  /** The group of a container whose user is its image's. */
  readonly group: number | undefined;
  /** How it comes before the others, where it does. */
  readonly init: "always" | "sidecar" | undefined;
};

export type FilePlan = { readonly path: string; readonly data: Uint8Array; readonly mode: number };

/** A volume that lives as long as the pod. */
export type VolumePlan =
  | {
      readonly kind: "folder";
      readonly name: string;
      readonly mode: number;
      readonly gid: number | undefined;
      readonly files: readonly FilePlan[];
    }
  | { readonly kind: "memory"; readonly name: string; readonly gid: number | undefined; readonly options: string };

/** A path of the host that a pod mounts, and what must be there. */
export type HostPathPlan = { readonly path: string; readonly type: string };

export type PodPlan = {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  /** What the container that holds the pod's namespaces has; `image` is empty. */
  readonly infra: ContainerSpec;
  readonly share: readonly PodNamespace[];
  readonly restart: RestartPolicy;
  readonly volumes: readonly VolumePlan[];
  readonly hostPaths: readonly HostPathPlan[];
  readonly images: readonly string[];
  readonly init: readonly ContainerPlan[];
  readonly containers: readonly ContainerPlan[];
  /** False for a Job that is suspended. */
  readonly start: boolean;
};

/** A claimed volume: made when it is missing, and kept by `kube down` without --force. */
export type ClaimPlan = {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly options: Readonly<Record<string, string>>;
  readonly importFrom: string | undefined;
};

export type PlannedSecret = {
  readonly name: string;
  readonly data: Uint8Array;
  readonly labels: Readonly<Record<string, string>>;
};

/** All that a file asks for, with nothing done. */
export type KubePlan = {
  readonly pods: readonly PodPlan[];
  readonly claims: readonly ClaimPlan[];
  readonly secrets: readonly PlannedSecret[];
  readonly warnings: readonly string[];
};
