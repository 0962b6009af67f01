import { spawn } from "node:child_process";
import { accessSync, constants, existsSync } from "node:fs";
import { connect } from "node:net";
import { delimiter, join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { EstibaError } from "../lib/error.ts";

/** A service for whoever cannot have the engine in its own process. */
export type OwnService = {
  /** Where it listens. */
  readonly socket: string;
  /** The words of the command that starts it: the binary and its roots. */
  readonly command: readonly string[];
};

/** How long it stays when nobody asks anything any more: it is started again when somebody does. */
const IDLE_SECONDS = 10;
const PATIENCE_MS = 20_000;
const [FIRST_PAUSE_MS, LONGEST_PAUSE_MS] = [5, 100];

/** The estiba binary: by option, then ESTIBA_BINARY, then PATH. Throws `unavailable`. */
export function findServiceBinary(named: string | undefined, environment: NodeJS.ProcessEnv): string {
  const fromEnvironment = environment["ESTIBA_BINARY"] ?? "";
  const asked = named ?? (fromEnvironment === "" ? undefined : fromEnvironment);
  if (asked !== undefined) return asked;
  for (const folder of (environment["PATH"] ?? "").split(delimiter)) {
    const path = join(folder === "" ? "." : folder, "estiba");
    if (existsSync(path) && isExecutable(path)) return path;
  }
  throw new EstibaError("unavailable", {
    reason: "client.no_binary",
    what: "no service answers, and the estiba binary, which would be one, was not found",
    fix: "start one (estiba system service), or set ESTIBA_BINARY to the binary's path",
  });
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    // Another one further on may be.
    return false;
  }
}

/**
 * Makes a service answer at a socket: one that is there, or one that is started now, goes on by itself, and ends when it is not needed. Several
 * that do this at once end with one service. Throws `unavailable`.
 */
export async function ensureService({ socket, command }: OwnService): Promise<void> {
  if (await answers(socket)) return;
  const [program = "", ...words] = command;
  const argv = [...words, "system", "service", "--time", String(IDLE_SECONDS), `unix://${socket}`];
  const child = spawn(program, argv, { stdio: ["ignore", "ignore", "pipe"], detached: true });
  const said: Buffer[] = [];
  const state: { ended?: string } = {};
  child.stderr.on("data", (bytes: Buffer) => void said.push(bytes));
  child.on("error", (error) => (state.ended = error.message));
  child.on("exit", (code) => (state.ended ??= `exit code ${code}`));
  const deadline = Date.now() + PATIENCE_MS;
  try {
    for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(pauseMs * 1.5, LONGEST_PAUSE_MS)) {
      if (await answers(socket)) return;
      // Another one may have been faster: then that is the one.
      if (state.ended !== undefined && !(await answers(socket)))
        throw notStarted(socket, `${Buffer.concat(said).toString("utf8").trim()} (${state.ended})`);
      if (Date.now() > deadline) throw notStarted(socket, "it does not answer");
      await pause(pauseMs);
    }
  } finally {
    child.stderr.destroy();
    child.unref();
  }
}

async function answers(socket: string): Promise<boolean> {
  return await new Promise<boolean>((resolve) => {
    const probe = connect(socket);
    probe.once("connect", () => {
      probe.destroy();
      resolve(true);
    });
    probe.once("error", () => resolve(false));
  });
}

function notStarted(socket: string, why: string): EstibaError {
  return new EstibaError("unavailable", {
    reason: "client.service_failed",
    what: `the service could not be started at "${socket}"`,
    cause: why,
    fix: "try it by hand: estiba system service",
  });
}
