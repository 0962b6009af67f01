import type { ScheduleSpec } from "../../state/spec/schedule.ts";
import type { Service } from "../service.ts";

/** What a container does at the moment it was looked at. */
export type ObservedStatus = "created" | "initialized" | "running" | "paused" | "stopping" | "restarting" | "exited";

/** A volume that a container uses, and where. */
export type ObservedVolumeUse = { readonly name: string; readonly target: string; readonly anonymous: boolean };

/** A container that carries the project's label. */
export type ObservedContainer = {
  readonly id: string;
  readonly name: string;
  readonly service: string;
  /** 0 for a one-off. */
  readonly number: number;
  readonly oneOff: boolean;
  /** It runs a hook for a service, and is none of its replicas. */
  readonly helper: boolean;
  readonly status: ObservedStatus;
  readonly health?: "starting" | "healthy" | "unhealthy";
  readonly exitCode?: number;
  readonly configHash: string;
  /** Id of the image it was made from. */
  readonly imageId: string;
  /** Its host ports are those of all containers of its service. */
  readonly sharesPorts: boolean;
  /** Names of the networks in its definition. */
  readonly networks: readonly string[];
  readonly volumes: readonly ObservedVolumeUse[];
  /** Ids of images that it mounts. */
  readonly mountedImages: readonly string[];
  /** Ids of containers whose namespaces it joins. */
  readonly joins: readonly string[];
  /** Id of the pod that it is in. */
  readonly pod?: string;
  /** It is started by this schedule, which is in force. */
  readonly schedule?: ScheduleSpec;
  /** The container that it was made to take the place of. */
  readonly replaces?: string;
  /** It runs, and has its names or its ports already, or some of them. */
  readonly hasTakenOver?: boolean;
  /** The service as it was when the container was made, where that is known. */
  readonly made?: Partial<Service>;
  readonly labels: Readonly<Record<string, string>>;
};

/** A network or a volume that is there. */
export type ObservedResource = {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  /** Only networks: an address of a container can go over to another one. */
  readonly addressesMove?: boolean;
  /** Only networks: containers on it, of any project. */
  readonly users: readonly { readonly id: string; readonly name: string }[];
};

/** A pod of the project, or another one. */
export type ObservedPod = {
  readonly id: string;
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  /** The container that holds what its containers share; undefined where that is gone. */
  readonly infraId: string | undefined;
  /** That container runs. */
  readonly isUp: boolean;
};

/** The world that a project is held against. A node looks at its engine, a cluster at its tasks; the planner sees no difference. */
export type ObservedState = {
  readonly containers: readonly ObservedContainer[];
  readonly pod: (name: string) => ObservedPod | undefined;
  /** Those of the project. */
  readonly pods: readonly ObservedPod[];
  readonly network: (name: string) => ObservedResource | undefined;
  readonly volume: (name: string) => ObservedResource | undefined;
  /** Id of the image that a reference names now; undefined where it is not here. */
  readonly imageId: (reference: string) => string | undefined;
};
