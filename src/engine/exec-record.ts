import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { hasCode } from "../lib/has-code.ts";
import type { ProcessId } from "../state/container.ts";
import type { Engine } from "./engine.ts";
import type { ExecSpec } from "./exec-process.ts";

/**
 * A command that a client of the API has defined and starts by a second request. It lies in the container's bundle, so another process can
 * start it, and it goes with the container's run.
 */
export type ExecInstance = {
  /** 64 hexadecimal digits; its session has the same. */
  readonly id: string;
  readonly containerId: string;
  readonly spec: ExecSpec;
  readonly streams: { readonly stdin: boolean; readonly stdout: boolean; readonly stderr: boolean };
  readonly detachKeys: string | undefined;
  /** Who has started it: a command is started once. */
  readonly starter?: ProcessId;
  /** Once it has ended. */
  readonly exitCode?: number;
};

const ID = /^[0-9a-f]{64}$/;

/** Writes down how a command has ended; nothing for a session that is none of these, or when the container is gone. */
export function noteExecEnd(
  engine: Engine,
  containerId: string,
  { id, exitCode }: { id: string; exitCode: number },
): void {
  const instance = readExec(engine, containerId, id);
  if (instance !== undefined) writeExec(engine, { ...instance, exitCode });
}

/** Where the commands of a container are written down. */
export function execFolder(engine: Engine, containerId: string): string {
  return join(engine.paths.bundles, containerId, "execs");
}

/** Writes a command down, in one step; nothing when its container has ended. */
export function writeExec(engine: Engine, instance: ExecInstance): void {
  const path = join(execFolder(engine, instance.containerId), instance.id);
  try {
    // Its client, the exit hook and the container's end may all write down at once how it ended.
    const draft = `${path}.${process.pid}`;
    writeFileSync(draft, JSON.stringify(instance), { mode: 0o600 });
    renameSync(draft, path);
  } catch (error) {
    // The container has ended meanwhile, and all of its commands with it.
    if (!hasCode(error, "ENOENT")) throw error;
  }
}

/** The command of that id, if the container has one. */
export function readExec(engine: Engine, containerId: string, id: string): ExecInstance | undefined {
  if (!ID.test(id)) return undefined;
  try {
    return JSON.parse(readFileSync(join(execFolder(engine, containerId), id), "utf8")) as ExecInstance;
  } catch (error) {
    if (hasCode(error, "ENOENT", "ENOTDIR")) return undefined;
    throw error;
  }
}
