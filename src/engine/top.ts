import { closeSync, readdirSync, readlinkSync } from "node:fs";
import { cgroupFoldersOf, processesBelow } from "../host/cgroup-folders.ts";
import { openRoot } from "../host/openat.ts";
import { hasEnded } from "../host/process.ts";
import { type IdRange, type ProcessFacts, readIdMap, readProcessFacts, startTimeOf } from "../host/process-facts.ts";
import { EstibaError } from "../lib/error.ts";
import { hasCode } from "../lib/has-code.ts";
import { type IdNames, readIdNames } from "../runtime/user.ts";
import type { ContainerRecord, ProcessId } from "../state/container.ts";
import { findContainer } from "../state/containers.ts";
import type { Engine } from "./engine.ts";
import { isRunning, observe } from "./status.ts";

/** What no range of a user namespace covers. */
const OVERFLOW_ID = 65_534;

/** A process of a container, seen from within it and from the host. */
export type TopProcess = {
  readonly facts: ProcessFacts;
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
  /** In the container's pid namespace; a parent outside of it is 0. */
  readonly pid: number;
  readonly parent: number;
  readonly processGroup: number;
  /** In the container's user namespace: real and effective, then the other groups. */
  readonly uids: readonly [number, number];
  readonly gids: readonly [number, number];
  readonly groups: readonly number[];
};

/** The processes of a container, and the names that it and the host have for ids. */
export type Top = { readonly processes: readonly TopProcess[]; readonly names: IdNames; readonly hostNames: IdNames };

/** A running container with its first process. */
type Target = { readonly record: ContainerRecord; readonly init: ProcessId };

/**
 * Has something looked up of a running container's processes, with its id and the pid of the first. Throws `not_found`, and `wrong_state`
 * also where it ended meanwhile, whatever the look came upon.
 */
export function lookAtProcesses<T>(engine: Engine, nameOrId: string, look: (id: string, pid: number) => T): T {
  const { record, init } = runningTarget(engine, nameOrId);
  try {
    return look(record.id, init.pid);
  } catch (error) {
    if (!hasEnded(init)) throw error;
    throw notRunning(record);
  }
}

function runningTarget(engine: Engine, nameOrId: string): Target {
  const record = findContainer(engine.store, nameOrId);
  const { status, state } = observe(engine, record);
  if (state?.init !== undefined && isRunning({ status })) return { record, init: state.init };
  throw notRunning(record);
}

function notRunning({ name }: ContainerRecord): EstibaError {
  return new EstibaError("wrong_state", {
    reason: "container.not_running",
    what: "top can only be used on running containers",
    fix: `start it first: estiba start ${name}`,
  });
}

/** Everything that /proc tells of a running container's processes, by their pids. Takes no lock. Throws as {@link lookAtProcesses}. */
export function topContainer(engine: Engine, nameOrId: string): Top {
  return lookAtProcesses(engine, nameOrId, readTop);
}

function readTop(id: string, pid: number): Top {
  const facts = containerPids(id, pid)
    .map(readProcessFacts)
    .filter((process) => process !== undefined);
  const init = facts.find((process) => process.pid === pid);
  if (init === undefined) throw new Error(`process ${pid} is not among its container's`);
  const view = { depth: init.pids.length - 1, uids: readIdMap(pid, "uid"), gids: readIdMap(pid, "gid") };
  const byPid = new Map(facts.map((process) => [process.pid, process]));
  const processes = facts.map((process) => seenFromWithin(process, byPid, view));
  return {
    processes: processes.toSorted((a, b) => a.pid - b.pid),
    names: namesAt(`/proc/${pid}/root/.`),
    hostNames: namesAt("/"),
  };
}

/** The pids, on the host, of a container's processes: of its cgroup, or, when it has none of its own, of its pid namespace. */
export function containerPids(id: string, init: number): number[] {
  const { unified, v1 } = cgroupFoldersOf(init);
  const folder =
    unified ?? ["pids", "memory", "freezer"].map((name) => v1.get(name)).find((path) => path !== undefined);
  if (folder?.includes(id) === true) return processesBelow(folder);
  const namespace = pidNamespaceOf(init);
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => pidNamespaceOf(pid) === namespace);
}

function pidNamespaceOf(pid: number): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/ns/pid`);
  } catch (error) {
    if (hasCode(error, "ENOENT", "ESRCH", "EACCES")) return undefined;
    throw error;
  }
}

type View = { readonly depth: number; readonly uids: readonly IdRange[]; readonly gids: readonly IdRange[] };

function seenFromWithin(
  facts: ProcessFacts,
  byPid: ReadonlyMap<number, ProcessFacts>,
  { depth, uids, gids }: View,
): TopProcess {
  const parent = byPid.get(facts.parent);
  const ids = (list: readonly number[], map: readonly IdRange[]): readonly [number, number] => [
    insideId(list[0] ?? 0, map),
    insideId(list[1] ?? 0, map),
  ];
  return {
    facts,
    startedAt: startTimeOf(facts.startTicks),
    pid: facts.pids[depth] ?? facts.pid,
    parent: depth === 0 ? facts.parent : (parent?.pids[depth] ?? 0),
    processGroup: facts.groupIds[depth] ?? 0,
    uids: ids(facts.uids, uids),
    gids: ids(facts.gids, gids),
    groups: facts.groups.map((gid) => insideId(gid, gids)),
  };
}

function insideId(outside: number, map: readonly IdRange[]): number {
  const range = map.find((one) => outside >= one.outside && outside < one.outside + one.size);
  return range === undefined ? OVERFLOW_ID : range.inside + outside - range.outside;
}

function namesAt(root: string): IdNames {
  const fd = openRoot(root);
  try {
    return readIdNames(fd);
  } finally {
    closeSync(fd);
  }
}
