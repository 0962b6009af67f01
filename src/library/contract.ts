import type { ContainerOptions } from "./options.ts";

/**
 * Whatever waits takes one, and throws its reason when it is aborted. What the engine has been asked for by then may still be done: a stop stops.
 */
export type Signalled = { readonly signal?: AbortSignal };

/** How long its own end is waited for before SIGKILL; undefined for the container's own time. */
export type Stopping = Signalled & { readonly timeoutSeconds?: number };

/** `force`: also what is in use, with what uses it. */
export type Removing = Signalled & { readonly force?: boolean };

/** Where an engine is, where it keeps its things, and what it uses; what is left out is as with the command. */
export type EngineOptions = {
  /** An engine elsewhere, or another one here: `unix:///PATH`, `tcp://HOST:PORT`, `ssh://USER@HOST`. */
  readonly host?: string;
  /** The folder of images, layers, volumes and definitions. */
  readonly root?: string;
  /** The folder of what a reboot ends; on a file system in memory. */
  readonly runRoot?: string;
  /** The OCI runtime, by name or path. */
  readonly runtime?: string;
  /** The estiba binary; undefined for ESTIBA_BINARY, then PATH. */
  readonly binary?: string;
};

/** What happens, one thing. */
export type EngineEvent = {
  /** Milliseconds since the epoch, with a fraction. */
  readonly time: number;
  readonly type: string;
  /** In the words of `estiba events`: create, init, start, died, remove, pull, tag ... */
  readonly action: string;
  readonly id: string;
  readonly name: string;
  /** Further facts, such as `image` and `exitCode`, and labels. */
  readonly attributes: Readonly<Record<string, string>>;
};

/** Which events are read. */
export type EventsOptions = Signalled & {
  /** Undefined begins with what comes. */
  readonly since?: Date;
  /** In the words of `estiba events --filter`: `container=web`, `event=died`. */
  readonly filters?: readonly string[];
  /** False ends with what has happened already. */
  readonly follow?: boolean;
};

/**
 * An engine. Containers outlive it, and other engines and commands with the same roots see the same things. Disposing ends what follows
 * events, and closes what it holds.
 */
export type Engine = AsyncDisposable & {
  readonly containers: Containers;
  readonly images: Images;
  readonly networks: Networks;
  readonly volumes: Volumes;
  /** What happens, in the order it does. Throws `invalid` for an unknown filter. */
  readonly events: (options?: EventsOptions) => AsyncGenerator<EngineEvent, void>;
};

/** What a container does at this moment. */
export type ContainerStatus =
  | "created"
  | "starting"
  | "initialized"
  | "running"
  | "paused"
  | "stopping"
  | "restarting"
  | "exited"
  | "removing";

/** A container's address on a network. */
export type Address = { readonly network: string; readonly ip: string; readonly ip6?: string };

/** What a container uses at a moment; times in milliseconds since the epoch. */
export type ContainerUsage = {
  readonly cpuNanos: number;
  readonly memoryBytes: number;
  /** The host's memory when there is no lower limit. */
  readonly memoryLimitBytes: number;
  readonly processes: number;
  readonly readBytes: number;
  readonly writtenBytes: number;
  readonly inputBytes: number;
  readonly outputBytes: number;
  readonly startedAt: number;
  readonly takenAt: number;
};

/** A line of output, without its end. */
export type LogLine = {
  readonly stream: "stdout" | "stderr";
  /** When its first piece was written. */
  readonly at: Date;
  /** UTF-8; bytes that are none become U+FFFD. */
  readonly text: string;
};

/** How a further command is run. */
export type ExecOptions = {
  readonly env?: Readonly<Record<string, string>>;
  readonly workdir?: string;
  /** `name|uid[:group|gid]`; undefined for the container's. */
  readonly user?: string;
  readonly privileged?: boolean;
  /** What it reads from stdin; undefined for nothing. */
  readonly input?: string | Uint8Array;
  /** Aborting stops the reading and throws the signal's reason; the command is left to itself. */
  readonly signal?: AbortSignal;
};

/** What a command said, and how it ended. */
export type Output = {
  readonly exitCode: number;
  readonly stdout: Uint8Array;
  readonly stderr: Uint8Array;
  /** stdout as UTF-8. */
  readonly text: string;
};

/** What is waited for: whichever is named, and all of them where several are. */
export type Readiness = {
  /** Something in the container listens on this TCP port, on any address. */
  readonly port?: number;
  /** A line of the log has this in it, or fits it. */
  readonly log?: string | RegExp;
  /** Its health check has passed. */
  readonly health?: true;
  /** An HTTP GET of this port and path of the container is answered with a status below 400. */
  readonly http?: { readonly port: number; readonly path?: string };
};

/**
 * A container. It is looked at anew with each call: others may change or remove it, after which calls throw `not_found`. Disposing removes
 * it, running or not, with its anonymous volumes; one that is gone already is no error.
 */
export type Container = AsyncDisposable & {
  /** 64 hexadecimal digits. */
  readonly id: string;
  /** As it was called when it was looked up. */
  readonly name: string;
  /** The image's name. */
  readonly image: string;
  readonly labels: Readonly<Record<string, string>>;
  /** Held against the kernel's own view. */
  readonly status: () => Promise<ContainerStatus>;
  /** Starts it; one that runs stays as it is. State reached: running. Throws `wrong_state` for a paused one. */
  readonly start: (options?: Signalled) => Promise<void>;
  /** Its stop signal, then SIGKILL after its own time or the one given; resolves when it has ended and is cleaned up. */
  readonly stop: (options?: Stopping) => Promise<void>;
  /** {@link stop} where it runs, then {@link start}. */
  readonly restart: (options?: Stopping) => Promise<void>;
  /** Sends its first process a signal, by name or number; SIGKILL when undefined. Throws `wrong_state` when it does not run. */
  readonly kill: (signal?: string) => Promise<void>;
  /** Holds all of its processes. State reached: paused. */
  readonly pause: () => Promise<void>;
  readonly unpause: () => Promise<void>;
  /** Resolves at the end of the run under way, to its exit code; at once, for a container that does not run. */
  readonly wait: (options?: Signalled) => Promise<number>;
  /** Removes it. With `force` a running one too; throws `wrong_state` otherwise. Its anonymous volumes go with it. */
  readonly remove: (options?: Removing) => Promise<void>;
  /** Runs a further command in it, to its end. Throws `wrong_state` when it does not run, `not_found` for no such command. */
  readonly exec: (command: readonly string[], options?: ExecOptions) => Promise<Output>;
  /** The lines of its log, oldest first; with `follow` those to come too, until its run ends or the signal is aborted. */
  readonly logs: (
    options?: Signalled & { readonly follow?: boolean; readonly tail?: number },
  ) => AsyncGenerator<LogLine, void>;
  /** What it uses, now and then every second, until it ends or the signal is aborted. */
  readonly stats: (options?: Signalled) => AsyncGenerator<ContainerUsage, void>;
  /** Its addresses while it runs; none with the host's network. */
  readonly addresses: () => Promise<Address[]>;
  /** The host's port that leads to this one while it runs; undefined for none. */
  readonly port: (container: number, protocol?: "tcp" | "udp" | "sctp") => Promise<number | undefined>;
  /**
   * Resolves when it is ready. Throws `wrong_state` when it ends before, the signal's reason, and a TimeoutError after `timeoutMs`, 30
   * seconds unless said otherwise.
   */
  readonly waitUntil: (wanted: Readiness, options?: Signalled & { readonly timeoutMs?: number }) => Promise<void>;
  /** Copies a file or folder of this program's host into it, running or not; it keeps its mode. */
  readonly copyIn: (hostPath: string, path: string, options?: Signalled) => Promise<void>;
  /** Copies a file or folder of it to this program's host. */
  readonly copyOut: (path: string, hostPath: string, options?: Signalled) => Promise<void>;
};

/** The containers of an engine. */
export type Containers = {
  /**
   * Creates a container, pulling its image where that is not here. State reached: created. Throws `conflict` for a name in use, `invalid`
   * for an option that cannot be, and what a pull throws.
   */
  readonly create: (options: ContainerOptions, call?: Signalled) => Promise<Container>;
  /** {@link create}, and start. State reached: running. One that cannot be started is gone again. */
  readonly run: (options: ContainerOptions, call?: Signalled) => Promise<Container>;
  /**
   * Runs a container to its end, and removes it; gives what it said, whole, in memory, and its exit code. Aborting removes it, running or
   * not, and throws the signal's reason.
   */
  readonly output: (options: Omit<ContainerOptions, "autoRemove" | "restart">, call?: Signalled) => Promise<Output>;
  /** One by its name, its id or the beginning of that. Throws `not_found`. */
  readonly get: (nameOrId: string) => Promise<Container>;
  /** Those that run, or with `all` every one, oldest first. */
  readonly list: (options?: { readonly all?: boolean }) => Promise<Container[]>;
};

/** An image in the store. */
export type Image = {
  /** 64 hexadecimal digits: the digest of its configuration. */
  readonly id: string;
  /** Names, `path:tag`, with the registry where the engine tells it. */
  readonly names: readonly string[];
  /** `path@digest` each. */
  readonly digests: readonly string[];
};

/** How an image is fetched. */
export type PullOptions = Signalled & { readonly policy?: ContainerOptions["pull"] };

/** A step of a pull. */
export type PullProgress =
  | { readonly kind: "trying"; readonly name: string }
  | {
      readonly kind: "layer";
      /** What tells its layers apart: a digest, or the beginning of one. */
      readonly layer: string;
      readonly phase: "present" | "transferring" | "unpacking" | "done";
      readonly currentBytes: number;
      readonly totalBytes: number;
    };

/** The images of an engine. */
export type Images = {
  /** Fetches an image; gives its name. Throws `not_found`, `denied`, `unauthenticated`, `unavailable`, `corrupt`, `exhausted`. */
  readonly pull: (reference: string, options?: PullOptions) => Promise<string>;
  /** {@link pull}, telling of each step; leaving the loop early ends the pull. */
  readonly pulling: (reference: string, options?: PullOptions) => AsyncGenerator<PullProgress, void>;
  /** Loads every image of an archive of this program's host; gives their names, or ids. */
  readonly load: (path: string, options?: Signalled) => Promise<string[]>;
  /** Those with names, and those without that nothing is built on. */
  readonly list: () => Promise<Image[]>;
  /** Gives an image further names. Throws `not_found`, `invalid`. */
  readonly tag: (image: string, ...names: readonly string[]) => Promise<void>;
  /** Takes a name away, and with the last one the image. Throws `in_use` for one with containers, which `force` removes too. */
  readonly remove: (image: string, options?: Removing) => Promise<void>;
};

/** What a network is to be. */
export type NetworkOptions = {
  readonly name: string;
  /** CIDR; undefined for one that is free. */
  readonly subnet?: string;
  /** An IPv6 subnet too. */
  readonly ipv6?: boolean;
  /** Nobody in it reaches the world. */
  readonly internal?: boolean;
  readonly labels?: Readonly<Record<string, string>>;
};

/** A network whose containers find each other by name. Disposing removes it; throws `in_use` as long as containers are attached. */
export type Network = AsyncDisposable & {
  readonly name: string;
  /** Its subnets, CIDR. */
  readonly subnets: () => Promise<string[]>;
  /** Attaches a container, running or not, by further names. Throws `conflict` when it is attached already. */
  readonly connect: (container: Container, options?: { readonly aliases?: readonly string[] }) => Promise<void>;
  readonly disconnect: (container: Container) => Promise<void>;
  /** With `force` its containers go first. Throws `in_use` otherwise. */
  readonly remove: (options?: Removing) => Promise<void>;
};

/** The networks of an engine. */
export type Networks = {
  /** Throws `conflict` for a name in use or a subnet that overlaps, `exhausted` when no subnet is free. */
  readonly create: (options: NetworkOptions) => Promise<Network>;
  /** Throws `not_found`. */
  readonly get: (name: string) => Promise<Network>;
  /** All of them, the default one among them. */
  readonly list: () => Promise<Network[]>;
};

/** What a volume is to be; without a name it gets a random one. */
export type VolumeOptions = {
  readonly name?: string;
  readonly labels?: Readonly<Record<string, string>>;
  /** Of the local driver: type, device, o, size. */
  readonly options?: Readonly<Record<string, string>>;
};

/** A volume. Disposing removes it; throws `in_use` as long as containers have it. */
export type Volume = AsyncDisposable & {
  readonly name: string;
  /** The folder on the engine's host. */
  readonly path: () => Promise<string>;
  /** With `force` its containers go first. Throws `in_use` otherwise. */
  readonly remove: (options?: Removing) => Promise<void>;
};

/** The volumes of an engine. */
export type Volumes = {
  /** Throws `conflict` for a name in use. */
  readonly create: (options?: VolumeOptions) => Promise<Volume>;
  /** Throws `not_found`. */
  readonly get: (name: string) => Promise<Volume>;
  readonly list: () => Promise<Volume[]>;
};
