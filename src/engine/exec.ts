import { closeSync, constants, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { O_PATH, openRoot, tryOpenInRoot } from "../host/openat.ts";
import { readProcStatus } from "../host/proc-status.ts";
import { EstibaError } from "../lib/error.ts";
import { resolveCapabilities } from "../oci/capability.ts";
import type { RuntimeSpec, SpecProcess } from "../oci/runtime-spec.ts";
import { type ExecStdio, runtimeExec } from "../runtime/exec.ts";
import { commandNotExecutable, commandNotFound, noWorkdir } from "../runtime/failure.ts";
import { findCommand } from "../runtime/find-command.ts";
import { printSpec } from "../runtime/spec-resources.ts";
import { resolveUser } from "../runtime/user.ts";
import type { ContainerRecord, ContainerState } from "../state/container.ts";
import { findContainer } from "../state/containers.ts";
import { snapshotPaths } from "../storage/snapshot.ts";
import { emitContainerEvent } from "./emit-event.ts";
import type { Engine } from "./engine.ts";
import { runtimeStateFolder } from "./launch.ts";
import { observe } from "./status.ts";

/** A further command for a running container. */
export type ExecSpec = {
  readonly args: readonly string[];
  readonly env: readonly string[];
  readonly user: string | undefined;
  readonly workdir: string | undefined;
  readonly tty: boolean;
  readonly privileged: boolean;
};

/**
 * Runs a command in a running container and resolves to its exit code. `inherit` gives it this process's own stdio; `detached` gives it
 * none and resolves to 0 as soon as it has begun. Takes no lock. Throws `wrong_state` when the container does not run, and the runtime's
 * words for a command that cannot be executed (reasons `runtime.command_not_found`, `runtime.command_not_executable`).
 */
export async function execInContainer(
  engine: Engine,
  nameOrId: string,
  spec: ExecSpec,
  stdio: ExecStdio,
): Promise<number> {
  const record = findContainer(engine.store, nameOrId);
  const { status, state } = observe(engine, record);
  if (state?.runtime === undefined || (status !== "running" && status !== "stopping")) throw notRunning(record, status);
  const bundle = join(engine.paths.bundles, record.id);
  const process = execProcess(engine, { record, state, bundle, spec });
  refuseMissing(record, state, process);
  const file = join(bundle, `exec-${crypto.randomUUID()}.json`);
  writeFileSync(file, printSpec(process), { mode: 0o600 });
  try {
    const runtime = { path: state.runtime, stateFolder: runtimeStateFolder(engine) };
    emitContainerEvent(engine, record, "exec");
    const code = await runtimeExec(runtime, { id: record.id, command: spec.args[0], processFile: file, stdio });
    if (stdio !== "detached") emitContainerEvent(engine, record, "exec_died", { exitCode: String(code) });
    return code;
  } finally {
    rmSync(file, { force: true });
  }
}

type ExecParts = { record: ContainerRecord; state: ContainerState; bundle: string; spec: ExecSpec };

// The container's own process is the pattern: limits, capabilities and environment are what its command was started with.
function execProcess(engine: Engine, { record, bundle, spec }: ExecParts): SpecProcess {
  const config = JSON.parse(readFileSync(join(bundle, "config.json"), "utf8")) as RuntimeSpec;
  const base = config.process;
  const env = mergeEnvironment(base.env, spec.env);
  const common = { ...base, args: [...spec.args], env, cwd: spec.workdir ?? base.cwd, terminal: spec.tty };
  if (spec.user === undefined && !spec.privileged) return common;
  const user = spec.user === undefined ? base.user : resolveExecUser(engine, record, spec.user);
  const { security } = record.spec;
  const capabilities = resolveCapabilities({
    add: security.capAdd,
    drop: security.capDrop,
    privileged: security.privileged || spec.privileged,
    bounding: readProcStatus().capBounding,
    root: user.uid === 0,
  });
  return { ...common, user, capabilities };
}

// The runtime would say it too, but on the command's own stderr: said here, it is said once and with a remedy.
function refuseMissing(record: ContainerRecord, state: ContainerState, process: SpecProcess): void {
  const rootFd = openRoot(`/proc/${state.init?.pid}/root/.`);
  const circumstances = { details: { container: record.id } };
  const command = process.args[0];
  try {
    const folder = tryOpenInRoot(rootFd, process.cwd, O_PATH | constants.O_DIRECTORY);
    if (folder < 0) throw noWorkdir(circumstances);
    closeSync(folder);
    const found = findCommand(rootFd, command ?? "", process);
    if (found === "not_found") throw commandNotFound(command, circumstances);
    if (found === "not_executable") throw commandNotExecutable(command, circumstances);
  } finally {
    closeSync(rootFd);
  }
}

function resolveExecUser(engine: Engine, record: ContainerRecord, wanted: string): SpecProcess["user"] {
  const rootFd = openRoot(snapshotPaths(engine.paths.root, record.id).merged);
  try {
    const { uid, gid, additionalGids } = resolveUser(rootFd, wanted, record.spec.groupAdd);
    return { uid, gid, additionalGids: [...additionalGids], umask: 0o22 };
  } finally {
    closeSync(rootFd);
  }
}

function mergeEnvironment(base: readonly string[], more: readonly string[]): string[] {
  const byName = new Map([...base, ...more].map((entry) => [entry.split("=", 1)[0] ?? "", entry]));
  return [...byName.values()];
}

function notRunning(record: ContainerRecord, status: string): EstibaError {
  return new EstibaError("wrong_state", {
    reason: "container.not_running",
    what: `can only run commands in running containers: "${record.name}" is ${status}`,
    fix: `start it first: estiba start ${record.name}`,
  });
}
