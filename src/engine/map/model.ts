import type { PortMapping } from "../../state/spec/network.ts";
import type { NamespaceNumbers } from "../kernel-namespaces.ts";
import type { ObservedStatus } from "../status.ts";

/** What a cgroup uses, and what it may use. */
export type MapUsage = {
  readonly memoryBytes: number;
  /** Undefined for none of its own. */
  readonly memoryLimitBytes: number | undefined;
  readonly processes: number;
  readonly processLimit: number | undefined;
  /** Processor time so far. */
  readonly cpuNanos: number;
  /** Processors that it may use at most; undefined for all. */
  readonly cpus: number | undefined;
  /** Limits and weights besides, where they are not the usual ones, by name. */
  readonly further: readonly {
    readonly name: string;
    readonly bytes?: number | undefined;
    readonly text?: string | undefined;
  }[];
};

export type MapAddress = {
  readonly network: string;
  readonly interfaceName: string;
  readonly addresses: readonly string[];
};

/** A container as the picture shows it. */
export type MapContainer = {
  readonly id: string;
  readonly name: string;
  readonly status: ObservedStatus;
  /** The pod it is in, by name. */
  readonly pod: string | undefined;
  readonly infra: boolean;
  readonly pid: number | undefined;
  readonly monitorPid: number | undefined;
  /** The OCI runtime that made it, by its program's name. */
  readonly runtime: string;
  /** The kernel's numbers; empty where it has no process. */
  readonly namespaces: NamespaceNumbers;
  readonly cgroupPath: string;
  readonly usage: MapUsage | undefined;
  readonly image: string;
  /** Bytes of the image's layers, lowest first, and of the container's own on top. */
  readonly layers: readonly number[];
  readonly ownBytes: number;
  readonly mounts: readonly { readonly source: string; readonly target: string; readonly volume: boolean }[];
  /** Its own endpoints: none where it shares another's network. */
  readonly addresses: readonly MapAddress[];
  readonly ports: readonly PortMapping[];
};

export type MapPod = {
  readonly id: string;
  readonly name: string;
  readonly status: string;
  readonly share: readonly string[];
  readonly cgroupPath: string | undefined;
  readonly usage: MapUsage | undefined;
};

export type MapNetwork = { readonly name: string; readonly bridge: string; readonly subnets: readonly string[] };

/** What is there at a moment, as far as a picture of it needs. */
export type EngineMap = {
  readonly pods: readonly MapPod[];
  /** Those of one pod stand together, its infra container first; those without one come last. */
  readonly containers: readonly MapContainer[];
  /** Those that a container of the picture is on. */
  readonly networks: readonly MapNetwork[];
  /** The host's own namespaces. */
  readonly host: NamespaceNumbers;
};
