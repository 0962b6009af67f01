import { readFileSync } from "node:fs";
import { join } from "node:path";
import { isAlive, sendSignal } from "../host/process.ts";
import { hasCode } from "../lib/has-code.ts";
import { PID_FILE, startConmon } from "./conmon.ts";
import { lentProgram } from "./sealed-program.ts";

const SIGKILL = 9;

/**
 * Where conmon writes the container's output. Beyond `sizeMax` it begins the file anew, and what was in it is gone. `unsynced` is for a
 * file that others move aside, where conmon would keep the container waiting for the disk each time, and for one that goes with the container.
 */
export type MonitorLog =
  | { readonly driver: "file"; readonly path: string; readonly sizeMax?: number; readonly unsynced?: boolean }
  | { readonly driver: "journald"; readonly tag?: string }
  | { readonly driver: "passthrough" | "none" };

/** All that one conmon is started with. */
export type MonitorOptions = {
  readonly id: string;
  readonly name: string;
  /** The first word of its command, for messages. */
  readonly command: string | undefined;
  /** Folder with config.json; conmon puts its attach socket, control fifo and pid files here. */
  readonly bundle: string;
  /** Where conmon is looked for first. */
  readonly conmonPlaces: readonly string[];
  /** The words before its own. */
  readonly conmonPrefix: readonly string[];
  /** Folder of exit files. */
  readonly exits: string;
  /** Absolute path of the OCI runtime. */
  readonly runtime: string;
  /** Options before the runtime's verb, such as its state folder. */
  readonly runtimeArgs: readonly string[];
  readonly log: MonitorLog;
  readonly tty: boolean;
  readonly interactive: boolean;
  /** Whether stdin stays open when a client leaves. */
  readonly stdinStays: boolean;
  /** Where it passes on what the command says at `notify/notify.sock` in the bundle. */
  readonly notifySocket: string | undefined;
  /** It kills the container after so long. */
  readonly timeoutSeconds: number | undefined;
  /** What conmon runs when the container has ended, so many seconds later. */
  readonly exitCommand: readonly string[];
  readonly exitDelay: number;
  /** Descriptors of ours that the container's command gets, from 3 on. */
  readonly pass: readonly number[];
  /** Descriptors it holds as long as it lives: the reserved ports. */
  readonly keep: readonly number[];
};

/** A conmon that waits to be let go. Disposing it before that ends it; afterwards disposing does nothing. */
export type PendingMonitor = Disposable & {
  readonly pid: number;
  /** Lets it call the runtime before config.json is there: only where opening that waits (makeHeldFile). It then ends with the bundle's leftovers. */
  readonly go: () => void;
  /**
   * Lets it create the container through the OCI runtime; resolves to the pid of the container's first process, which waits for `start`.
   * Throws what the runtime said, typed.
   */
  readonly create: () => Promise<number>;
};

/**
 * Starts one conmon, which waits for `create`: the bundle's config.json need not be there yet, but the folders of bundle and log must. It
 * lives on when this process ends. Source: conmon's start protocol (sync pipe on descriptor 3, start pipe on 4).
 */
export function spawnMonitor(options: MonitorOptions): PendingMonitor {
  const runtime = lentProgram(options.runtime);
  const conmon = startConmon({
    words: monitorArguments(options, runtime.path),
    prefix: options.conmonPrefix,
    places: options.conmonPlaces,
    cwd: options.bundle,
    // What conmon has for stdio the container gets, when its log is the caller's.
    passthrough: options.log.driver === "passthrough",
    attach: false,
    pass: options.pass,
    keep: options.keep,
  });
  try {
    // While conmon begins.
    runtime.complete();
  } catch (error) {
    conmon[Symbol.dispose]();
    throw error;
  }
  return {
    pid: conmon.pid,
    go: conmon.go,
    create: async () => {
      // The end of the start pipe lets it go.
      conmon.go();
      return await conmon.runtimePid(options);
    },
    [Symbol.dispose]: () => conmon[Symbol.dispose](),
  };
}

/**
 * Ends a monitor whose container has ended, and the exit command that it has not begun yet: both are one process group
 * (conmon is started as the leader of one). Nothing happens when it is gone.
 */
export function dismissMonitor(monitor: { readonly pid: number; readonly startTicks: number }): void {
  if (isAlive(monitor)) sendSignal(-monitor.pid, SIGKILL);
}

function monitorArguments(options: MonitorOptions, runtime: string): string[] {
  const { id, bundle } = options;
  const [exitProgram = "", ...exitArgs] = options.exitCommand;
  return [
    ["--api-version", "1", "-c", id, "-u", id, "-r", runtime, "-b", bundle],
    ["-p", join(bundle, "pidfile"), "-n", options.name, "--exit-dir", options.exits, "--full-attach"],
    logArguments(options.log),
    ["--log-level", "warning"],
    options.runtimeArgs.map((argument) => `--runtime-arg=${argument}`),
    options.pass.length === 0 ? [] : ["--runtime-opt", "--preserve-fds", "--runtime-opt", String(options.pass.length)],
    options.tty ? ["-t"] : options.interactive ? ["-i"] : [],
    options.stdinStays ? ["--leave-stdin-open"] : [],
    options.notifySocket === undefined ? [] : ["--sdnotify-socket", options.notifySocket],
    options.timeoutSeconds === undefined ? [] : ["--timeout", String(options.timeoutSeconds)],
    options.exitDelay === 0 ? [] : ["--exit-delay", String(options.exitDelay)],
    ["--exit-command", exitProgram, ...exitArgs.flatMap((argument) => ["--exit-command-arg", argument])],
  ].flat();
}

function logArguments(log: MonitorLog): string[] {
  switch (log.driver) {
    case "file":
      return [
        ...(log.unsynced === true ? ["--no-sync-log"] : []),
        "-l",
        `k8s-file:${log.path}`,
        ...(log.sizeMax === undefined ? [] : ["--log-size-max", String(log.sizeMax)]),
      ];
    case "journald":
      return ["-l", "journald", ...(log.tag === undefined ? [] : ["--log-tag", log.tag])];
    case "passthrough":
    case "none":
      return ["-l", log.driver];
  }
}

/** The pids in the bundle: conmon's, and the container's, which it wrote there; undefined for one that is not there (yet). */
export function readMonitorPids(bundle: string): { monitor: number | undefined; init: number | undefined } {
  return { monitor: readPid(join(bundle, PID_FILE)), init: readPid(join(bundle, "pidfile")) };
}

function readPid(path: string): number | undefined {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    if (hasCode(error, "ENOENT")) return undefined;
    throw error;
  }
  const pid = Number(text.trim());
  return Number.isInteger(pid) && pid > 1 ? pid : undefined;
}
