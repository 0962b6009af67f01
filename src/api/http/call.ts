import type { BuildRequest } from "../../build/request.ts";
import type { Engine } from "../../engine/engine.ts";
import type { PodSpec } from "../../engine/pod/create.ts";
import type { PlayOptions } from "../../kube/plan/pod.ts";
import type { ContainerSpec } from "../../state/container.ts";
import type { Attached } from "../attached.ts";
import type { Begun } from "../begun.ts";
import type { Query } from "./query.ts";

/** Options of `create`, an image and a command as a spec, checked as the command line checks them. */
export type SpecFromWords = (
  words: readonly string[],
  image: string,
  command: readonly string[],
  /** Without what containers.conf gives, for a change of what is there. */
  options?: { readonly configured: boolean },
) => Promise<ContainerSpec>;

/** Options of `build` and a context as a request, checked as the command line checks them; what is fetched goes when `held` is disposed. */
export type BuildFromWords = (
  words: readonly string[],
  /** `-` for the input, or an address. */
  context: string,
  surroundings: {
    readonly engine: Engine;
    readonly input: AsyncIterable<Uint8Array>;
    readonly signal: AbortSignal;
    readonly held: DisposableStack;
  },
) => Promise<BuildRequest>;

/** Options of `pod create` as a spec, checked as the command line checks them. */
export type PodFromWords = (words: readonly string[]) => Promise<PodSpec>;

/** Options of `kube play`, checked as the command line checks them, and where profiles of seccomp are looked for. */
export type PlayFromWords = (
  words: readonly string[],
) => Promise<{ readonly options: PlayOptions; readonly seccompRoot: string }>;

/** What handlers share beside the engine: nothing that a restart of the service would lose. */
export type Service = {
  /** The engine of the moment: another one after `system reset`. */
  readonly engine: () => Engine;
  /** The version of Estiba. */
  readonly version: string;
  readonly attached: Attached;
  /** Who waits in this process for a container to begin. */
  readonly begun: Begun;
  readonly specFromWords: SpecFromWords;
  readonly buildFromWords: BuildFromWords;
  readonly podFromWords: PodFromWords;
  readonly playFromWords: PlayFromWords;
  /** Aborted when the service ends. */
  readonly signal: AbortSignal;
};

/** One request, as a handler sees it. */
export type Call = {
  readonly service: Service;
  readonly engine: Engine;
  readonly method: string;
  /** What stands in the path at `{name}`. */
  readonly params: Readonly<Record<string, string>>;
  readonly query: Query;
  /** The minor number of the version asked for: 41 for /v1.41, the newest where none is. */
  readonly version: number;
  /** The major number of the version of Podman's API asked for: 4 for /v4.3.1/libpod. */
  readonly podman: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** The body as it comes. */
  readonly body: AsyncIterable<Uint8Array>;
  /** The body as JSON: an object, empty where there is no body. Throws 400. */
  readonly json: () => Promise<Readonly<Record<string, unknown>>>;
  /** Aborted when the client has gone, or the service ends. */
  readonly signal: AbortSignal;
};

/** A connection that has become a stream in both directions. */
export type Hijacked = {
  /** What the client sends; ends with its half of the connection. */
  readonly input: AsyncIterable<Uint8Array>;
  /** Resolves when there is room for more; false when the client has gone. */
  readonly write: (bytes: Uint8Array) => Promise<boolean>;
  /** Resolves when the client has read what was written so far, as far as that can be known, or has gone, or has not read it for a second. */
  readonly taken: () => Promise<void>;
  /** Aborted when the client has gone. */
  readonly signal: AbortSignal;
};

/** What a handler answers. */
export type Reply =
  | { readonly status: number; readonly json?: unknown; readonly headers?: Readonly<Record<string, string>> }
  | {
      readonly status: number;
      readonly type: string;
      /** Sent piece by piece; its end, or a throw, is the end of the body. */
      readonly stream: AsyncIterable<Uint8Array | string>;
      readonly headers?: Readonly<Record<string, string>>;
    }
  | { readonly hijack: (connection: Hijacked) => Promise<void>; readonly type: string };

export type Handler = (call: Call) => Reply | Promise<Reply>;

/** 200 with JSON. */
export function ok(json: unknown): Reply {
  return { status: 200, json };
}

/** 204. */
export function done(): Reply {
  return { status: 204 };
}

/** 304: it is as asked for already. */
export function unchanged(): Reply {
  return { status: 304 };
}

/** Objects, one after another, as JSON on a line each. */
export function jsonLines(objects: AsyncIterable<unknown>): Reply {
  return { status: 200, type: "application/json", stream: lines(objects) };
}

async function* lines(objects: AsyncIterable<unknown>): AsyncGenerator<string> {
  for await (const object of objects) yield `${JSON.stringify(object)}\r\n`;
}
