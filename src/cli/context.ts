import { writeSync } from "node:fs";
import type { Engine } from "../engine/engine.ts";

/** The options before the command's name. */
export type Globals = {
  readonly root: string | undefined;
  readonly runRoot: string | undefined;
  readonly runtime: string | undefined;
};

/** What `system service` asks of the API's door. */
export type ServeRequest = {
  readonly roots: Globals;
  readonly version: string;
  /** Where to listen, as typed. */
  readonly address: string | undefined;
  readonly idleSeconds: number;
  readonly group: string | undefined;
  /** Where metrics are served, as typed. */
  readonly metrics: string | undefined;
  readonly tls: Readonly<Record<"cert" | "key" | "clientCa", string | undefined>>;
  readonly signal: AbortSignal;
};

/** What a node's process asks of the API's door. */
export type TasksRequest = {
  readonly engine: Engine;
  readonly version: string;
  readonly path: string;
  readonly signal: AbortSignal;
};

/** Doors beside this one, which commands may open. */
export type Doors = {
  /** Answers the API until the signal. */
  readonly serve: (request: ServeRequest) => Promise<void>;
  /** Answers the part of the API that is about tasks of the cluster, at a path, until the signal; resolves when it does. */
  readonly serveTasks: (request: TasksRequest) => Promise<void>;
};

/** What a command has at hand: the engine, the terminal, and nothing else. */
export type Cli = Doors & {
  readonly globals: Globals;
  /** The engine of the roots named; the same one at each call. */
  readonly engine: () => Engine;
  /** Writes text to stdout at once; false says that nobody reads it any more. */
  readonly out: (text: string) => boolean;
  /** Writes text to stderr at once. */
  readonly err: (text: string) => void;
  /** Prints `WARN` lines as the peers do: on stderr, without stopping. */
  readonly warn: (text: string) => void;
};

/**
 * Writes all of it before it returns: nothing is lost when the process exits right after. A reader that has gone is not an error: false says
 * that there is none any more.
 */
export function writeAll(fd: number, output: string | Uint8Array): boolean {
  const bytes = typeof output === "string" ? new TextEncoder().encode(output) : output;
  for (let offset = 0; offset < bytes.length; ) {
    try {
      offset += writeSync(fd, bytes, offset);
    } catch (error) {
      const code = error instanceof Error && "code" in error ? error.code : undefined;
      if (code === "EPIPE") return false;
      // A pipe that another process made non-blocking and that is full: wait a little, synchronously.
      if (code !== "EAGAIN") throw error;
      Bun.sleepSync(1);
    }
  }
  return true;
}
