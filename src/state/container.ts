import type { IdMaps } from "../host/user-namespace.ts";
import type { PodMembership } from "./pod.ts";
import type { HealthCheck, HealthOptions, HealthState } from "./spec/health.ts";
import type { LogSpec } from "./spec/log.ts";
import type { MountSpec, UsedVolume, VolumesFrom } from "./spec/mounts.ts";
import type { Namespaces } from "./spec/namespaces.ts";
import type { NetworkAttachment, NetworkMode, PortMapping } from "./spec/network.ts";
import type { IdentityOptions, ProcessOptions, RootfsSpec } from "./spec/process.ts";
import type { Resources } from "./spec/resources.ts";
import type { RestartPolicy } from "./spec/restart.ts";
import type { ScheduleSpec } from "./spec/schedule.ts";
import type { SecretUse } from "./spec/secrets.ts";
import type { SecuritySpec } from "./spec/security.ts";

/** What a user asks of a container: flags, API bodies and Compose services all become this value. Names and sizes are checked at the edge. */
export type ContainerSpec = {
  /** The image as typed; the record holds what it was resolved to. */
  readonly image: string;
  readonly name?: string;
  /** The arguments after the image; empty takes the image's CMD. */
  readonly command: readonly string[];
  /** Replaces the image's ENTRYPOINT; an empty list clears it. */
  readonly entrypoint?: readonly string[];
  /** KEY=VALUE, later ones win over the image's and over earlier ones. */
  readonly env: readonly string[];
  readonly workdir?: string;
  /** `name|uid[:group|gid]`. */
  readonly user?: string;
  readonly groupAdd: readonly string[];
  readonly hostname?: string;
  readonly process?: ProcessOptions;
  readonly identity?: IdentityOptions;
  /** Instead of an image; `image` is then its path. */
  readonly rootfs?: RootfsSpec;
  readonly pod?: PodMembership;
  /** Containers that are started before it: by name as asked for, by full id in a record. */
  readonly requires?: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly tty: boolean;
  /** Keep stdin open. */
  readonly interactive: boolean;
  /** Its stdin stays open when a client that is attached ends its own, or leaves: Docker's `StdinOnce: false`. */
  readonly stdinStays?: true;
  /** Remove the container, and its anonymous volumes, when it ends. */
  readonly autoRemove: boolean;
  readonly stopSignal?: string;
  /** Seconds between the stop signal and SIGKILL. */
  readonly stopTimeout: number;
  readonly network: NetworkMode;
  /** With `bridge`: the networks, in the order of its interfaces. Undefined for the default one, with nothing special. */
  readonly networks?: readonly NetworkAttachment[];
  /** It answers to its container's name and id only, until host name and aliases are shifted to it. */
  readonly standbyNames?: boolean;
  readonly ports: readonly PortMapping[];
  /** Publish every port that the image exposes on a random one. */
  readonly publishAll: boolean;
  /** PORT/PROTO beyond those of the image. */
  readonly expose: readonly string[];
  /** NAME:IP lines for /etc/hosts. */
  readonly addHosts: readonly string[];
  readonly dns: readonly string[];
  readonly dnsSearch: readonly string[];
  readonly dnsOptions: readonly string[];
  readonly mounts: readonly MountSpec[];
  readonly volumesFrom?: readonly VolumesFrom[];
  readonly secrets?: readonly SecretUse[];
  /** What is mounted where the image declares volumes; undefined: anonymous volumes. */
  readonly imageVolumes?: "tmpfs" | "ignore";
  readonly namespaces?: Namespaces;
  readonly resources: Resources;
  readonly security: SecuritySpec;
  /** By name; -1 is "unlimited". */
  readonly ulimits: Readonly<Record<string, { soft: number; hard: number }>>;
  readonly sysctls: Readonly<Record<string, string>>;
  readonly devices: readonly string[];
  /** OCI runtime by name or path. */
  readonly runtime?: string;
  readonly log: LogSpec;
  /** Undefined as `no`. */
  readonly restart?: RestartPolicy;
  /** Started by itself at these times, once that is put in force. */
  readonly schedule?: ScheduleSpec;
  /** Over what the image brings. */
  readonly healthcheck?: HealthOptions;
  /** The command line that made it, and the file that its id was written to: shown, nothing more. */
  readonly createCommand?: readonly string[];
  readonly idFile?: string;
  /** What a file said of it when it was made, for whoever tells what has changed since. */
  readonly origin?: Readonly<Record<string, unknown>>;
};

/** The durable definition: the spec with everything decided that will not change between runs. */
export type ContainerRecord = {
  readonly id: string;
  readonly name: string;
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
  readonly imageId: string;
  /** The full name the image was found by. */
  readonly imageName: string;
  /** The image's architecture, as OCI names it. */
  readonly architecture: string;
  /** Chain id of the image's top layer: what the snapshot lies on. */
  readonly chainId: string;
  readonly spec: ContainerSpec;
  /** The process as the image and the spec together have it. */
  readonly process: {
    readonly args: readonly string[];
    readonly entrypoint: readonly string[];
    readonly env: readonly string[];
    readonly cwd: string;
    readonly user: string;
    readonly stopSignal: string;
  };
  readonly labels: Readonly<Record<string, string>>;
  /** PORT/PROTO that image and spec expose. */
  readonly exposed: readonly string[];
  readonly mounts: readonly MountSpec[];
  readonly volumes: readonly UsedVolume[];
  readonly hostname: string;
  /** It is prepared for systemd as its first process. */
  readonly systemd?: boolean;
  /** The mapping of its user namespace; undefined: the host's ids. That of a namespace at a path is looked up at the start. */
  readonly idMaps?: IdMaps;
  /** How it is checked; undefined for not at all. */
  readonly healthcheck?: HealthCheck;
};

/** How the last run ended. */
export type ContainerExit = {
  readonly code: number;
  readonly startedAt: number;
  readonly finishedAt: number;
  readonly oomKilled: boolean;
  readonly error?: string;
};

/** A process that counts only together with its start time (clock ticks since boot): pids are reused. */
export type ProcessId = { readonly pid: number; readonly startTicks: number };

/**
 * `created` = never started in this boot; `starting` = pids may exist, the command has not begun; `initialized` = all is made, and the
 * command waits for `start`; the others as they read.
 */
export type ContainerStatus =
  | "created"
  | "starting"
  | "initialized"
  | "running"
  | "paused"
  | "stopping"
  | "exited"
  | "removing";

/**
 * Why a container is ended. `user`: somebody asked for it, so no policy starts it again; `shutdown`: the machine goes down, and what ran
 * runs again after the next boot; `restart`: it is started again, whatever the policy.
 */
export type Ending = "user" | "shutdown" | "restart";

/** A restart that is waited for. */
export type RestartBackoff = {
  /** Milliseconds since the epoch. */
  readonly dueAt: number;
  readonly delayMs: number;
  /** The exit hook that waits; when it is gone, the watcher does. */
  readonly waiter?: ProcessId;
};

/** What a reboot empties: processes, addresses, and how the run went. */
export type ContainerState = {
  readonly status: ContainerStatus;
  readonly init?: ProcessId;
  readonly monitor?: ProcessId;
  /** Absolute path of the OCI runtime that made it. */
  readonly runtime?: string;
  readonly startedAt?: number;
  readonly exit?: ContainerExit;
  /** How often it was started again by itself since a user did; undefined as 0. */
  readonly restartCount?: number;
  /** The last back-off of such a start: the next one is twice as long. */
  readonly restartDelayMs?: number;
  /** Why it is ended; undefined when it ends by itself. */
  readonly ending?: Ending;
  /** Ended, and will be started again by its restart policy. */
  readonly backoff?: RestartBackoff;
  /** Only while it runs, and of the last run afterwards; undefined without a health check. */
  readonly health?: HealthState;
  /** Its limits are being changed: until this is gone, those of the definition may not be in force. */
  readonly limitsPending?: boolean;
  /** A restart is under way: its end does not remove a container with `autoRemove`. */
  readonly keep?: boolean;
  readonly ports?: readonly PortMapping[];
  readonly address?: EndpointAddress;
  /** Where it was attached to networks by name: every endpoint, in order. `address` is undefined then. */
  readonly endpoints?: readonly EndpointState[];
  readonly settling?: NetworkChange;
};

/** Its networks are being changed: until this is gone, they may not be those of the definition. */
export type NetworkChange = {
  /** What it had before, which its files of names and addresses may still say. */
  readonly before: readonly EndpointState[];
  /** May be there in part. */
  readonly attaching?: EndpointState;
};

/** What an endpoint has on its network. */
export type EndpointAddress = {
  /** "", 0 and "" where the network has no IPv4. */
  readonly ip: string;
  readonly prefixLength: number;
  readonly gateway: string;
  readonly ip6?: string;
  readonly prefixLength6?: number;
  readonly gateway6?: string;
  readonly mac: string;
};

export type EndpointState = EndpointAddress & {
  readonly network: string;
  readonly networkId: string;
  readonly interfaceName: string;
};
