import type { Resources } from "./spec/resources.ts";
import type { RestartPolicy } from "./spec/restart.ts";
import type { SecretUse } from "./spec/secrets.ts";
import type { SecuritySpec } from "./spec/security.ts";

/** A namespace that the members of a pod may share: that of its infra container. */
export type PodNamespace = "cgroup" | "ipc" | "net" | "pid" | "user" | "uts";

/** How a container belongs to a pod. */
export type PodMembership = {
  /** The pod, by name or id as asked for; the record has the full id. */
  readonly id: string;
  /** It holds the namespaces and the network of the pod. */
  readonly infra?: true;
  /**
   * It runs to its end before the others begin: at the first start of the pod, after which it is removed, or at every one. A `sidecar` is
   * started in its turn among those, and runs as long as the others do.
   */
  readonly init?: "once" | "always" | "sidecar";
  /** Its cgroup lies in that of the pod. */
  readonly cgroup?: true;
};

/** What the members of a pod have unless they say something else. */
export type PodDefaults = {
  /** KEY=VALUE; a member's own of a name counts. */
  readonly env: readonly string[];
  readonly devices: readonly string[];
  /** By name: a member has the version of its own creation. */
  readonly secrets?: readonly SecretUse[];
  readonly security: Partial<
    Pick<
      SecuritySpec,
      | "capAdd"
      | "capDrop"
      | "noNewPrivileges"
      | "seccomp"
      | "apparmor"
      | "mask"
      | "unmask"
      | "procOptions"
      | "deviceRules"
    >
  >;
};

/** The durable definition of a pod: containers that share namespaces, a cgroup, volumes and configuration. */
export type PodRecord = {
  readonly id: string;
  readonly name: string;
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
  readonly labels: Readonly<Record<string, string>>;
  readonly hostname: string;
  /** The container that holds what is shared; undefined where nothing is. */
  readonly infraId?: string;
  readonly share: readonly PodNamespace[];
  /** The cgroups of its members lie in one of the pod's. */
  readonly shareParent: boolean;
  /** What happens when the last member has ended: nothing, or the infra container is stopped too. */
  readonly exitPolicy: "continue" | "stop";
  readonly restart?: RestartPolicy;
  /** Limits of the pod's cgroup, for all members together, and where it lies. */
  readonly resources: Resources;
  readonly defaults: PodDefaults;
  /** The command line that made it, shown, nothing more. */
  readonly createCommand?: readonly string[];
};

/** Whether a pod's cgroup has limits of its own; without them the runtime makes it. */
export function hasLimits({ resources }: Pick<PodRecord, "resources">): boolean {
  return Object.keys(resources).some((key) => key !== "cgroupParent");
}
