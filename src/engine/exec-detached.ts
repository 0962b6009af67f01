import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { moveToCgroup } from "../host/cgroup-mode.ts";
import { findProcess, isAlive } from "../host/process.ts";
import { EstibaError } from "../lib/error.ts";
import type { SpecProcess } from "../oci/runtime-spec.ts";
import { type Attachment, connectAttach, resizeTerminal, type TerminalSize } from "../runtime/attach.ts";
import type { Conmon } from "../runtime/conmon.ts";
import { spawnExecMonitor } from "../runtime/exec-monitor.ts";
import { dismissMonitor } from "../runtime/monitor.ts";
import { isSandbox, runtimeArgs } from "../runtime/oci-runtime.ts";
import { printSpec } from "../runtime/spec-resources.ts";
import type { ContainerRecord, ProcessId } from "../state/container.ts";
import { emitContainerEvent } from "./emit-event.ts";
import type { Engine } from "./engine.ts";
import { type Running, runningContainer, whileItRuns } from "./exec.ts";
import { type ExecSpec, execProcess } from "./exec-process.ts";
import { finishSession, makeSession, noteSession, sessionExit } from "./exec-session.ts";
import { conmonPlaces, conmonPrefix } from "./programs.ts";
import { cgroupParent, runtimeStateFolder } from "./runtime-places.ts";

/** Who waits for the end cleans up itself; the exit hook, so much later, is its heir. */
const HEIR_DELAY_S = 1;
const LOOK_MS = 2;
/** What a session counts as that ended with its container, or whose monitor was killed. */
const KILLED = 137;

/** How a session begins. */
export type SessionRequest = {
  readonly spec: ExecSpec;
  readonly interactive: boolean;
  /** Connect to its stdio; a size is its terminal's from the beginning. */
  readonly attach: boolean | TerminalSize;
  /** Descriptors of ours that the command gets, from 3 on. */
  readonly pass: readonly number[];
  /** The session's, where it was given out before; else a new one. */
  readonly id?: string;
  /** How to connect to its stdio; `connectAttach` when undefined. */
  readonly connect?: (folder: string) => Attachment;
};

/** A command that runs under a conmon of its own. */
export type StartedSession = {
  readonly id: string;
  /** conmon's socket and control fifo lie here. */
  readonly folder: string;
  readonly pid: number;
  readonly attachment: Attachment | undefined;
  /** Resolves when it has ended and is forgotten, to its exit code. */
  readonly ended: () => Promise<number>;
};

/**
 * Runs a command in a running container that does not need this process: its conmon holds its stdio and tells its end. Throws
 * `wrong_state` when the container does not run, and the runtime's words for a command that cannot be executed.
 */
export async function startSession(engine: Engine, nameOrId: string, request: SessionRequest): Promise<StartedSession> {
  const running = runningContainer(engine, nameOrId);
  return await whileItRuns(engine, running.record, async () => await beginSession(engine, running, request));
}

async function beginSession(
  engine: Engine,
  { record, state, runtime }: Running,
  request: SessionRequest,
): Promise<StartedSession> {
  if (isSandbox(runtime) && request.spec.tty) throw noTerminalInSandbox(record);
  const process = execProcess(engine, record, state, request.spec);
  const id = request.id ?? crypto.getRandomValues(Buffer.alloc(32)).toString("hex");
  const folder = makeSession(engine, record.id, id);
  using undo = new DisposableStack();
  undo.defer(() => rmSync(folder, { recursive: true, force: true }));
  const processFile = join(folder, "process.json");
  writeFileSync(processFile, printSpec({ ...process, ...consoleSize(request.attach) }), { mode: 0o600 });
  const conmon = undo.use(
    spawnExecMonitor({
      conmonPlaces: conmonPlaces(engine),
      conmonPrefix: conmonPrefix(engine),
      id: record.id,
      session: id,
      folder,
      processFile,
      runtime,
      runtimeArgs: runtimeArgs({ path: runtime, stateFolder: runtimeStateFolder(engine) }),
      tty: request.spec.tty,
      interactive: request.interactive,
      attach: request.attach !== false,
      pass: request.pass,
      exitCommand: ["/usr/bin/env", "-C", "/", ...engine.selfCommand, "container", "cleanup", "--exec", id, record.id],
      exitDelay: request.attach === false ? 0 : HEIR_DELAY_S,
    }),
  );
  await moveToCgroup(conmon.pid, `${cgroupParent(engine)}/conmon`);
  emitContainerEvent(engine, record, "exec", { execID: id });
  const attachment = undo.use(await attachTo(conmon, folder, request));
  conmon.go();
  const pid = await conmon.runtimePid({ id: record.id, command: request.spec.args[0] });
  const monitor = findProcess(conmon.pid);
  noteSession(folder, { ...present("process", findProcess(pid)), ...present("monitor", monitor) });
  undo.move();
  return { id, folder, pid, attachment, ended: () => sessionEnd(engine, record, { id, folder, monitor }) };
}

// Told to the runtime, too: conmon sets it only when it gets the terminal, by which time the command may have begun.
function consoleSize(attach: SessionRequest["attach"]): Pick<SpecProcess, "consoleSize"> {
  return typeof attach === "object" ? { consoleSize: { height: attach.rows, width: attach.columns } } : {};
}

async function attachTo(
  conmon: Conmon,
  folder: string,
  { attach, connect = connectAttach }: SessionRequest,
): Promise<Attachment | undefined> {
  if (attach === false) return undefined;
  await conmon.prepare();
  const attachment = connect(folder);
  if (typeof attach === "object") resizeTerminal(folder, attach);
  return attachment;
}

type Ending = { readonly id: string; readonly folder: string; readonly monitor: ProcessId | undefined };

async function sessionEnd(engine: Engine, record: ContainerRecord, { id, folder, monitor }: Ending): Promise<number> {
  // conmon closes the stdio just before it writes the file; with the container, both are gone.
  for (;;) {
    const goesOn = isAlive(monitor);
    if (sessionExit(folder, record.id) !== undefined || !goesOn) break;
    await Bun.sleep(LOOK_MS);
  }
  const code = sessionExit(folder, record.id) ?? KILLED;
  finishSession(engine, record.id, id);
  if (monitor !== undefined) dismissMonitor(monitor);
  return code;
}

function present<K extends string>(key: K, value: ProcessId | undefined): { [key in K]?: ProcessId } {
  return value === undefined ? {} : ({ [key]: value } as { [key in K]?: ProcessId });
}

function noTerminalInSandbox(record: ContainerRecord): EstibaError {
  return new EstibaError("unsupported", {
    reason: "exec.no_terminal_in_sandbox",
    what: `a command with a terminal of its own cannot outlive its client in "${record.name}": conmon and runsc do not agree on how it is made`,
    fix: "leave out --detach (-d), or --tty (-t)",
  });
}
