import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { changesOwner, includesFile } from "../host/stdio-owner.ts";
import { EstibaError } from "../lib/error.ts";
import { type ExecStdio, runtimeExec, type SignalSource } from "../runtime/exec.ts";
import { isSandbox } from "../runtime/oci-runtime.ts";
import { printSpec } from "../runtime/spec-resources.ts";
import type { ContainerRecord, ContainerState } from "../state/container.ts";
import { findContainer } from "../state/containers.ts";
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
  { stdio, signals, pass, apart }: ExecClient,
): Promise<number> {
  const { record, state, runtime } = runningContainer(engine, nameOrId);
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

type Running = { readonly record: ContainerRecord; readonly state: ContainerState; readonly runtime: string };

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
