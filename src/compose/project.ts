import type { Service } from "./service.ts";

/**
 * A project in canonical form: plain data, every attribute in its long form and under the name that the Compose specification gives it, so
 * that a path in here is a path in the file and `config` prints it as it is. Sizes are bytes, durations milliseconds, modes numbers. Where
 * a value came from stands beside it (`Loaded.sources`), never in it.
 *
 * Source: compose-spec, and compose-go's types where the two differ.
 */
export type Project = {
  readonly name: string;
  /** The enabled services, sorted by name. */
  readonly services: Readonly<Record<string, Service>>;
  readonly networks: Readonly<Record<string, NetworkConfig>>;
  readonly volumes: Readonly<Record<string, VolumeConfig>>;
  readonly secrets: Readonly<Record<string, FileObject>>;
  readonly configs: Readonly<Record<string, FileObject>>;
  readonly models: Readonly<Record<string, ModelConfig>>;
} & Extensions;

export type Bytes = number;
export type Milliseconds = number;

/** Any value under a name that begins with `x-`; `x-estiba` is ours. */
export type Extensions = { readonly [name: `x-${string}`]: unknown };

/** String values by name; numbers and booleans of the file have become strings. */
export type Mapping = Readonly<Record<string, string>>;

/** A network as the engine has to make it, or to find it where it is external. */
export type NetworkConfig = {
  /** The real name: `<project>_<key>` unless the file says another. */
  readonly name: string;
  readonly driver?: string;
  readonly driver_opts?: Mapping;
  readonly ipam?: {
    readonly driver?: string;
    readonly config?: readonly IpamPool[];
    readonly options?: Mapping;
  } & Extensions;
  readonly external?: boolean;
  readonly internal?: boolean;
  readonly attachable?: boolean;
  readonly labels?: Mapping;
  readonly enable_ipv4?: boolean;
  readonly enable_ipv6?: boolean;
} & Extensions;

export type IpamPool = {
  readonly subnet?: string;
  readonly gateway?: string;
  readonly ip_range?: string;
  readonly aux_addresses?: Mapping;
} & Extensions;

export type VolumeConfig = {
  /** The real name: `<project>_<key>` unless the file says another. */
  readonly name: string;
  readonly driver?: string;
  readonly driver_opts?: Mapping;
  readonly external?: boolean;
  readonly labels?: Mapping;
} & Extensions;

/** A secret or a config: exactly one of `file` (absolute), `environment` (a variable's name), `content` (configs only), `external`. */
export type FileObject = {
  readonly name: string;
  readonly file?: string;
  readonly environment?: string;
  readonly content?: string;
  readonly external?: boolean;
  readonly labels?: Mapping;
  readonly driver?: string;
  readonly driver_opts?: Mapping;
  readonly template_driver?: string;
} & Extensions;

export type ModelConfig = {
  readonly name?: string;
  readonly model: string;
  readonly context_size?: number;
  readonly runtime_flags?: readonly string[];
} & Extensions;
