import { closeSync, constants, readFileSync } from "node:fs";
import { join } from "node:path";
import { O_PATH } from "../host/open-flags.ts";
import { openRoot, tryOpenInRoot } from "../host/openat.ts";
import { readProcStatus } from "../host/proc-status.ts";
import { resolveCapabilities } from "../oci/capability.ts";
import type { RuntimeSpec, SpecProcess } from "../oci/runtime-spec.ts";
import { commandNotExecutable, commandNotFound, noWorkdir } from "../runtime/failure.ts";
import { findCommand } from "../runtime/find-command.ts";
import { isSandbox } from "../runtime/oci-runtime.ts";
import { type ResolvedUser, resolveUser } from "../runtime/user.ts";
import type { ContainerRecord, ContainerState } from "../state/container.ts";
import { snapshotPaths } from "../storage/snapshot.ts";
import type { Engine } from "./engine.ts";

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
 * The OCI process of a further command. The container's own is the pattern: limits, capabilities and environment are what its command was
 * started with. Throws for a command or working folder that is not there, as the runtime would, but with a remedy.
 */
export function execProcess(
  engine: Engine,
  record: ContainerRecord,
  state: ContainerState,
  spec: ExecSpec,
): SpecProcess {
  const config = readFileSync(join(engine.paths.bundles, record.id, "config.json"), "utf8");
  const base = (JSON.parse(config) as RuntimeSpec).process;
  const user = spec.user === undefined ? undefined : resolveExecUser(engine, { record, state }, spec.user);
  const process = {
    ...base,
    args: [...spec.args],
    env: mergeEnvironment(homeOf(record, user), [...terminalType(record, spec), ...spec.env], base.env),
    cwd: spec.workdir ?? base.cwd,
    terminal: spec.tty,
    ...(user === undefined ? {} : { user: specUser(user, base.user) }),
    ...(user === undefined && !spec.privileged ? {} : rightsOf(record, spec, user?.uid ?? base.user.uid)),
  };
  // What a kernel of its own hides is left to the runtime's words.
  if (state.runtime === undefined || !isSandbox(state.runtime)) refuseMissing(record, state, process);
  return process;
}

function rightsOf(
  { spec: { security } }: ContainerRecord,
  spec: ExecSpec,
  uid: number,
): Pick<SpecProcess, "capabilities"> {
  return {
    capabilities: resolveCapabilities({
      add: security.capAdd,
      drop: security.capDrop,
      privileged: security.privileged || spec.privileged,
      defaults: security.capDefaults,
      bounding: readProcStatus().capBounding,
      root: uid === 0,
    }),
  };
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

// By the files that the container sees: its passwd may be one of ours.
function resolveExecUser(
  engine: Engine,
  { record, state }: { record: ContainerRecord; state: ContainerState },
  wanted: string,
): ResolvedUser {
  const sandboxed = state.runtime !== undefined && isSandbox(state.runtime);
  const rootFd = openRoot(
    sandboxed ? snapshotPaths(engine.paths.root, record.id).merged : `/proc/${state.init?.pid}/root/.`,
  );
  try {
    return resolveUser(rootFd, wanted, record.spec);
  } finally {
    closeSync(rootFd);
  }
}

function specUser({ uid, gid, additionalGids }: ResolvedUser, base: SpecProcess["user"]): SpecProcess["user"] {
  return { ...base, uid, gid, additionalGids: [...additionalGids] };
}

// Another user has another home, unless the container was given one for all.
function homeOf(record: ContainerRecord, user: ResolvedUser | undefined): string[] {
  const given = record.process.env.some((entry) => entry.startsWith("HOME="));
  return user === undefined || given ? [] : [`HOME=${user.home}`];
}

function terminalType(record: ContainerRecord, spec: ExecSpec): string[] {
  const given = record.process.env.some((entry) => entry.startsWith("TERM="));
  return spec.tty && !given ? ["TERM=xterm"] : [];
}

function mergeEnvironment(home: readonly string[], more: readonly string[], base: readonly string[]): string[] {
  const byName = new Map([...base, ...home, ...more].map((entry) => [entry.split("=", 1)[0] ?? "", entry]));
  return [...byName.values()];
}
