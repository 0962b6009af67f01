import type { Bytes, Extensions, Mapping, Milliseconds } from "./project.ts";

/** How many of a service's containers there are, and with what. */
export type Deploy = {
  readonly mode?: string;
  readonly replicas?: number;
  readonly labels?: Mapping;
  readonly update_config?: UpdateConfig;
  readonly rollback_config?: UpdateConfig;
  readonly resources?: { readonly limits?: ResourceLimits; readonly reservations?: Reservations } & Extensions;
  readonly restart_policy?: RestartPolicy;
  readonly placement?: Placement;
  readonly endpoint_mode?: string;
} & Extensions;

export type UpdateConfig = {
  readonly parallelism?: number;
  readonly delay?: Milliseconds;
  readonly failure_action?: string;
  readonly monitor?: Milliseconds;
  readonly max_failure_ratio?: number;
  readonly order?: "start-first" | "stop-first";
} & Extensions;

export type ResourceLimits = {
  readonly cpus?: number;
  readonly memory?: Bytes;
  readonly pids?: number;
} & Extensions;

export type Reservations = {
  readonly cpus?: number;
  readonly memory?: Bytes;
  readonly devices?: readonly DeviceRequest[];
  readonly generic_resources?: readonly {
    readonly discrete_resource_spec?: { readonly kind?: string; readonly value?: number } & Extensions;
  }[];
} & Extensions;

export type RestartPolicy = {
  readonly condition?: string;
  readonly delay?: Milliseconds;
  readonly max_attempts?: number;
  readonly window?: Milliseconds;
} & Extensions;

export type Placement = {
  readonly constraints?: readonly string[];
  readonly preferences?: readonly ({ readonly spread?: string } & Extensions)[];
  readonly max_replicas_per_node?: number;
} & Extensions;

export type DeviceRequest = {
  readonly capabilities?: readonly string[];
  readonly driver?: string;
  /** -1: all. */
  readonly count?: number;
  readonly device_ids?: readonly string[];
  readonly options?: Mapping;
} & Extensions;
