import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { isEnding } from "../host/process.ts";
import { changesOwner, includesFile } from "../host/stdio-owner.ts";
import { EstibaError } from "../lib/error.ts";
import { type ExecStdio, runtimeExec, type SignalSource } from "../runtime/exec.ts";
import { isSandbox } from "../runtime/oci-runtime.ts";
import { printSpec } from "../runtime/spec-resources.ts";
import type { ContainerRecord, ContainerState } from "../state/container.ts";
import { findContainer, getContainer } from "../state/containers.ts";
import { removedMeanwhile } from "./changed-meanwhile.ts";
import { emitContainerEvent } from "./emit-event.ts";
import type { Engine } from "./engine.ts";
import { type ExecSpec, execProcess } from "./exec-process.ts";
import { runtimeStateFolder } from "./runtime-places.ts";
import { observe } from "./status.ts";
import { hostUser } from "./volume/owners.ts";

/** What a command in the foreground has of this process. */
export type ExecClient = {
  readonly stdio: ExecStdio;
  readonly signals?: SignalSource;
  /** Its descriptors that the command gets too, from 3 on. */
  readonly pass?: readonly number[];
  /** What is done instead where a file that is our stdio would come to harm: given to the command's user, or written from its beginning. */
  readonly apart?: () => Promise<number>;
};

/**
 * Runs a command in a running container, on this process's own stdio, and resolves to its exit code. It ends with this process. Takes no
 * lock. Throws `wrong_state` when the container does not run, and the runtime's
 * words for a command that cannot be executed (reasons `runtime.command_not_found`, `runtime.command_not_executable`).
 */
export async function execInContainer(
  engine: Engine,
  nameOrId: string,
  spec: ExecSpec,
  client: ExecClient,
): Promise<number> {
  const running = runningContainer(engine, nameOrId);
  return await whileItRuns(engine, running.record, async () => await execIn(engine, running, { spec, client }));
}

async function execIn(
  engine: Engine,
  { record, state, runtime }: Running,
  { spec, client: { stdio, signals, pass, apart } }: { readonly spec: ExecSpec; readonly client: ExecClient },
): Promise<number> {
  const process = execProcess(engine, record, state, spec);
  if (apart !== undefined && !spec.tty) {
    const shared = stdio === "inherit" ? [0, 1, 2] : [1, 2];
    const owner = hostUser({ user: () => process.user, idMaps: record.idMaps });
    if (isSandbox(runtime) ? includesFile(shared) : changesOwner(shared, owner)) return await apart();
  }
  const file = join(engine.paths.bundles, record.id, `exec-${crypto.randomUUID()}.json`);
  writeFileSync(file, printSpec(process), { mode: 0o600 });
  try {
    emitContainerEvent(engine, record, "exec");
    const code = await runtimeExec(
      { path: runtime, stateFolder: runtimeStateFolder(engine) },
      { id: record.id, command: spec.args[0], processFile: file, stdio, tty: spec.tty, signals, pass },
    );
    emitContainerEvent(engine, record, "exec_died", { exitCode: String(code) });
    return code;
  } finally {
    rmSync(file, { force: true });
  }
}

const LOOK_MS = 5;
/** It will end; how soon depends on how quickly the host's process 1 reaps. */
const LOOKS = 1000;

/**
 * Begins something in a container that ran a moment ago. Where it fails and the container has ended meanwhile, or was removed, that is told,
 * and not what was come upon in it.
 */
export async function whileItRuns<T>(engine: Engine, record: ContainerRecord, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    for (let look = 0; ; look++) {
      if (getContainer(engine.store, record.id) === undefined) throw removedMeanwhile(record.name);
      const { state } = runningContainer(engine, record.id);
      // Its first process waits for the end of all others.
      if (look === LOOKS || state.init === undefined || !isEnding(state.init.pid)) throw error;
      await Bun.sleep(LOOK_MS);
    }
  }
}

/** A container that ran when it was looked at. */
export type Running = { readonly record: ContainerRecord; readonly state: ContainerState; readonly runtime: string };

/** The container, when it runs. Throws `not_found` and `wrong_state`. */
export function runningContainer(engine: Engine, nameOrId: string): Running {
  const record = findContainer(engine.store, nameOrId);
  const { status, state } = observe(engine, record);
  if (state?.runtime !== undefined && (status === "running" || status === "stopping"))
    return { record, state, runtime: state.runtime };
  const paused = status === "paused";
  throw new EstibaError("wrong_state", {
    reason: paused ? "container.paused" : "container.not_running",
    what: `can only run commands in running containers: "${record.name}" is ${status}`,
    fix: paused ? `let it go on first: estiba unpause ${record.name}` : `start it first: estiba start ${record.name}`,
  });
}
