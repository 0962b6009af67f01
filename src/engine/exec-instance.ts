import { mkdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { folderNames } from "../host/folder-names.ts";
import { isAlive, startTicksOf } from "../host/process.ts";
import { EstibaError } from "../lib/error.ts";
import { hasCode } from "../lib/has-code.ts";
import type { Engine } from "./engine.ts";
import { runningContainer } from "./exec.ts";
import { type ExecInstance, execFolder, readExec, writeExec } from "./exec-record.ts";
import { listSessions } from "./exec-session.ts";

/** How long an ended one can be asked for its exit code, as with Docker. */
const KEPT_MS = 5 * 60_000;

/** Defines a command of a running container. Throws `not_found`, `wrong_state`. */
export function defineExec(
  engine: Engine,
  nameOrId: string,
  wanted: Omit<ExecInstance, "id" | "containerId">,
): ExecInstance {
  const { record } = runningContainer(engine, nameOrId);
  const id = crypto.getRandomValues(Buffer.alloc(32)).toString("hex");
  const instance: ExecInstance = { ...wanted, id, containerId: record.id };
  forgetOld(engine, record.id);
  mkdirSync(execFolder(engine, record.id), { recursive: true, mode: 0o700 });
  writeExec(engine, instance);
  return instance;
}

/** The command of that id, or of an id that begins so. Throws `not_found`. */
export function findExec(engine: Engine, id: string): ExecInstance {
  for (const containerId of folderNames(engine.paths.bundles)) {
    const found = readExec(engine, containerId, id);
    if (found !== undefined) return found;
  }
  throw new EstibaError("not_found", {
    reason: "exec.unknown",
    what: `No such exec instance: ${id}`,
    fix: "it is gone with its container's run, or five minutes after its end: make another one",
  });
}

/** Marks a command as started by this process. Throws `conflict` when it was started before; of several at once one does so. */
export function claimExec(engine: Engine, { id, containerId }: ExecInstance): void {
  // As it is now: somebody may have started it since it was found.
  const instance = readExec(engine, containerId, id) ?? findExec(engine, id);
  if (instance.starter !== undefined || instance.exitCode !== undefined || !takeTurn(engine, instance))
    throw new EstibaError("conflict", {
      reason: "exec.started",
      what: `exec instance ${instance.id} has been started already`,
      fix: "make another one",
    });
  const startTicks = startTicksOf(process.pid) ?? 0;
  writeExec(engine, { ...instance, starter: { pid: process.pid, startTicks } });
}

// A file that is there once: two services on one root may be asked to start it at the same moment.
function takeTurn(engine: Engine, instance: ExecInstance): boolean {
  try {
    writeFileSync(turnPath(engine, instance), "", { flag: "wx", mode: 0o600 });
    return true;
  } catch (error) {
    // Its container has ended: whoever starts it is told so.
    if (hasCode(error, "ENOENT")) return true;
    if (hasCode(error, "EEXIST")) return false;
    throw error;
  }
}

function turnPath(engine: Engine, { containerId, id }: ExecInstance): string {
  return join(execFolder(engine, containerId), `${id}.turn`);
}

/** Whether it runs now, its process on the host, and its exit code, undefined as long as there is none. */
export function execStatus(
  engine: Engine,
  instance: ExecInstance,
): { running: boolean; pid: number; exitCode: number | undefined } {
  const { starter, exitCode } = instance;
  if (exitCode !== undefined || starter === undefined) return { running: false, pid: 0, exitCode };
  const session = listSessions(engine, instance.containerId).find(({ id }) => id === instance.id);
  if (session === undefined) {
    // Ended since it was read, or not begun yet.
    const now = readExec(engine, instance.containerId, instance.id);
    return { running: now?.exitCode === undefined && isAlive(starter), pid: 0, exitCode: now?.exitCode };
  }
  return { running: true, pid: session.process?.pid ?? 0, exitCode: undefined };
}

/** Forgets a command. Throws `wrong_state` for one that runs; with `force` that is killed, and its monitor takes what is left of it away. */
export function removeExec(engine: Engine, instance: ExecInstance, force: boolean): void {
  const { running, pid } = execStatus(engine, instance);
  if (running && !force)
    throw new EstibaError("wrong_state", {
      reason: "exec.running",
      what: `exec instance ${instance.id} runs: it cannot be removed`,
      fix: "end it first, or remove it by force",
    });
  if (running && pid > 0) killExec(engine, instance, pid);
  rmSync(join(execFolder(engine, instance.containerId), instance.id), { force: true });
  rmSync(turnPath(engine, instance), { force: true });
}

function killExec(engine: Engine, instance: ExecInstance, pid: number): void {
  // It may have ended, and the pid may be another's: only the session's own process is meant.
  const own = listSessions(engine, instance.containerId).find(({ id }) => id === instance.id)?.process;
  if (isAlive(own) && own?.pid === pid) process.kill(pid, "SIGKILL");
}

// Checks that clients make every few seconds would fill the run root otherwise.
function forgetOld(engine: Engine, containerId: string): void {
  const folder = execFolder(engine, containerId);
  for (const id of folderNames(folder)) {
    const written = statSync(join(folder, id), { throwIfNoEntry: false });
    if (written === undefined || Date.now() - written.mtimeMs < KEPT_MS) continue;
    const instance = readExec(engine, containerId, id);
    if (instance === undefined || instance.exitCode !== undefined || instance.starter === undefined)
      rmSync(join(folder, id), { force: true });
  }
}
