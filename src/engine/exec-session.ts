import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { folderNames } from "../host/folder-names.ts";
import { findProcess, isAlive, readProcFile, startTicksOf } from "../host/process.ts";
import { hasCode } from "../lib/has-code.ts";
import { execExitFolder } from "../runtime/exec-monitor.ts";
import { dismissMonitor, readMonitorPids } from "../runtime/monitor.ts";
import type { ProcessId } from "../state/container.ts";
import { getContainer } from "../state/containers.ts";
import { emitContainerEvent } from "./emit-event.ts";
import type { Engine } from "./engine.ts";
import { noteExecEnd } from "./exec-record.ts";
import { sessionsFolder } from "./sessions-folder.ts";

/** A command in a container that has a conmon of its own, and may outlive its client. It lies in the container's bundle, and goes with it. */
export type ExecSession = {
  /** 64 hexadecimal digits. */
  readonly id: string;
  readonly folder: string;
  /** Undefined until the runtime has made it. */
  readonly process: ProcessId | undefined;
  readonly monitor: ProcessId | undefined;
  /** The command that began it. */
  readonly client: ProcessId | undefined;
};

type Written = Partial<Pick<ExecSession, "process" | "monitor" | "client">>;

const RECORD = "session.json";
const ID = /^[0-9a-f]{64}$/;
/** What a session counts as whose monitor was killed. */
const KILLED = 137;

/** Writes a session down before anything of it is there. Gives its folder. */
export function makeSession(engine: Engine, containerId: string, sessionId: string): string {
  const folder = join(sessionsFolder(engine, containerId), sessionId);
  mkdirSync(execExitFolder(folder), { recursive: true, mode: 0o700 });
  const startTicks = startTicksOf(process.pid);
  writeSession(folder, startTicks === undefined ? {} : { client: { pid: process.pid, startTicks } });
  return folder;
}

/** Writes down what has been started. Nothing happens where the session has ended, and is forgotten: its exit hook may be quicker. */
export function noteSession(folder: string, written: Written): void {
  try {
    writeSession(folder, written);
  } catch (error) {
    if (!hasCode(error, "ENOENT")) throw error;
  }
}

// In one step, also for those who read it meanwhile.
function writeSession(folder: string, written: Written): void {
  const path = join(folder, RECORD);
  writeFileSync(`${path}.new`, JSON.stringify(written), { mode: 0o600 });
  renameSync(`${path}.new`, path);
}

/** The sessions of a container, also those that have ended and are not yet gone. */
export function listSessions(engine: Engine, containerId: string): ExecSession[] {
  const parent = sessionsFolder(engine, containerId);
  return folderNames(parent)
    .filter((id) => ID.test(id))
    .flatMap((id) => readSession(join(parent, id), id));
}

/** The ids of those that run, or are about to. */
export function runningSessions(engine: Engine, containerId: string): string[] {
  return listSessions(engine, containerId)
    .filter(isSessionAlive)
    .map(({ id }) => id);
}

/** Whether its process runs, or is about to. */
export function isSessionAlive(session: ExecSession): boolean {
  return isAlive(session.process) || (session.process === undefined && isAlive(session.client));
}

function readSession(folder: string, id: string): ExecSession[] {
  try {
    const written = JSON.parse(readFileSync(join(folder, RECORD), "utf8")) as Written;
    // A client that was killed has not written down what conmon did.
    const pids = readMonitorPids(folder);
    return [
      {
        id,
        folder,
        client: written.client,
        process: written.process ?? identify(pids.init, { file: "cgroup", word: containerOf(folder) }),
        monitor: written.monitor ?? identify(pids.monitor, { file: "cmdline", word: id }),
      },
    ];
  } catch (error) {
    // It ended meanwhile.
    if (hasCode(error, "ENOENT")) return [];
    throw error;
  }
}

function containerOf(folder: string): string {
  return folder.split("/").at(-3) ?? "";
}

// A pid from a file may be another process's by now.
function identify(pid: number | undefined, { file, word }: { file: string; word: string }): ProcessId | undefined {
  if (pid === undefined || !readProcFile(pid, file).includes(word)) return undefined;
  return findProcess(pid);
}

/** How a session ended, by conmon's file; undefined as long as that is not there. */
export function sessionExit(folder: string, containerId: string): number | undefined {
  try {
    return Number(readFileSync(join(execExitFolder(folder), containerId), "utf8").trim()) & 0xff;
  } catch (error) {
    if (hasCode(error, "ENOENT")) return undefined;
    throw error;
  }
}

/**
 * Tells the end of a session and takes its folder away. Of several who do so at the same moment (its client, the exit hook, the container's
 * own end) one does it. Gives the exit code.
 */
export function finishSession(engine: Engine, containerId: string, sessionId: string): number | undefined {
  const folder = join(sessionsFolder(engine, containerId), sessionId);
  const gone = `${folder}.${process.pid}.${startTicksOf(process.pid)}`;
  // Written before the session is gone: whoever asks in between would find neither.
  const ended = sessionExit(folder, containerId);
  if (ended !== undefined) noteExecEnd(engine, containerId, { id: sessionId, exitCode: ended });
  try {
    renameSync(folder, gone);
  } catch (error) {
    if (hasCode(error, "ENOENT")) return undefined;
    throw error;
  }
  const code = sessionExit(gone, containerId) ?? KILLED;
  if (ended === undefined) noteExecEnd(engine, containerId, { id: sessionId, exitCode: code });
  const record = getContainer(engine.store, containerId);
  if (record !== undefined)
    emitContainerEvent(engine, record, "exec_died", { execID: sessionId, exitCode: String(code) });
  rmSync(gone, { recursive: true, force: true });
  return code;
}

/** Folders of sessions that have ended, whose remover was killed. */
export function halfRemovedSessions(engine: Engine, containerId: string): string[] {
  const parent = sessionsFolder(engine, containerId);
  return folderNames(parent).flatMap((name) => {
    const [, pid, startTicks] = /^[0-9a-f]{64}\.(\d+)\.(\d+)$/.exec(name) ?? [];
    if (pid === undefined || isAlive({ pid: Number(pid), startTicks: Number(startTicks) })) return [];
    return existsSync(join(parent, name)) ? [join(parent, name)] : [];
  });
}

/** Ends all sessions of a container that has ended: their processes are gone with it. */
export function finishSessions(engine: Engine, containerId: string): void {
  const parent = sessionsFolder(engine, containerId);
  if (statSync(parent, { throwIfNoEntry: false }) === undefined) return;
  for (const { id, monitor } of listSessions(engine, containerId)) {
    // It must not write into the bundle while that is taken away.
    if (monitor !== undefined) dismissMonitor(monitor);
    finishSession(engine, containerId, id);
  }
}
