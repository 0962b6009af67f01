import { accessSync, closeSync, constants, readFileSync } from "node:fs";
import { join } from "node:path";
import { must } from "../host/errno.ts";
import { readFd } from "../host/fd-io.ts";
import { isAlive, sendSignal } from "../host/process.ts";
import { EstibaError } from "../lib/error.ts";
import { hasCode } from "../lib/has-code.ts";
import { type RuntimeAttempt, runtimeFailure } from "./failure.ts";

const O_CLOEXEC = 0o2000000;
const SIGKILL = 9;
const CONMON_PLACES = [
  "/usr/libexec/podman/conmon",
  "/usr/lib/podman/conmon",
  "/usr/bin/conmon",
  "/usr/local/bin/conmon",
];

/**
 * Where conmon writes the container's output. Beyond `sizeMax` it begins the file anew, and what was in it is gone. `reopened` is for a file
 * that is moved aside by others: conmon then does not keep the container waiting for the disk each time.
 */
export type MonitorLog =
  | { readonly driver: "file"; readonly path: string; readonly sizeMax?: number; readonly reopened?: boolean }
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
  /** Folder of exit files. */
  readonly exits: string;
  /** Absolute path of the OCI runtime. */
  readonly runtime: string;
  /** Options before the runtime's verb, such as its state folder. */
  readonly runtimeArgs: readonly string[];
  readonly log: MonitorLog;
  readonly tty: boolean;
  readonly interactive: boolean;
  /** It kills the container after so long. */
  readonly timeoutSeconds: number | undefined;
  /** What conmon runs when the container has ended, so many seconds later. */
  readonly exitCommand: readonly string[];
  readonly exitDelay: number;
  /** Descriptors it holds as long as it lives: the reserved ports. */
  readonly keep: readonly number[];
};

/** Where conmon is: ESTIBA_CONMON, the usual places, then PATH. Throws `unavailable` with the package to install. */
export function findConmon(): string {
  const named = process.env["ESTIBA_CONMON"];
  const found = [...(named === undefined ? [] : [named]), ...CONMON_PLACES].find(isExecutable) ?? Bun.which("conmon");
  if (found === null) {
    throw new EstibaError("unavailable", {
      reason: "runtime.no_conmon",
      what: "conmon, which looks after each container, is not installed",
      fix: "install it: apt-get install conmon",
    });
  }
  return found;
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    // Not there, or not ours to run: the next place may have it.
    return false;
  }
}

/** A conmon that waits to be let go. Disposing it before that ends it; afterwards disposing does nothing. */
export type PendingMonitor = Disposable & {
  readonly pid: number;
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
  const descriptors = new Set<number>();
  const sync = makePipe(descriptors);
  const start = makePipe(descriptors);
  const close = (...fds: number[]): void => {
    for (const fd of fds) if (descriptors.delete(fd)) closeSync(fd);
  };
  // What conmon has for stdio the container gets, when its log is the caller's.
  const [ours, errors] =
    options.log.driver === "passthrough" ? (["inherit", "inherit"] as const) : (["ignore", "pipe"] as const);
  const child = Bun.spawn({
    cmd: [findConmon(), ...monitorArguments(options)],
    cwd: options.bundle,
    // Ctrl-C on our terminal is not meant for it.
    detached: true,
    env: monitorEnvironment(),
    stdio: [ours, ours, errors, sync.writer, start.reader, ...options.keep],
  });
  close(sync.writer, start.reader);
  return {
    pid: child.pid,
    create: async () => {
      // The end of the start pipe lets it go.
      close(start.writer);
      try {
        const ends = [
          readLine(sync.reader),
          child.exited,
          new Response(child.stderr instanceof ReadableStream ? child.stderr : "").text(),
        ] as const;
        const [reply, code, stderr] = await Promise.all(ends);
        return parseReply(reply, { code, stderr, attempt: options });
      } finally {
        close(sync.reader);
      }
    },
    [Symbol.dispose]: () => {
      // Killed first: the closing pipe would let it go.
      if (descriptors.has(start.writer)) child.kill("SIGKILL");
      close(start.writer, sync.reader);
    },
  };
}

/**
 * Ends a monitor whose container has ended, and the exit command that it has not begun yet: both are one process group (conmon calls
 * setsid). Nothing happens when it is gone.
 */
export function dismissMonitor(monitor: { readonly pid: number; readonly startTicks: number }): void {
  if (isAlive(monitor)) sendSignal(-monitor.pid, SIGKILL);
}

function monitorArguments(options: MonitorOptions): string[] {
  const { id, bundle } = options;
  const [exitProgram = "", ...exitArgs] = options.exitCommand;
  return [
    ["--api-version", "1", "-c", id, "-u", id, "-r", options.runtime, "-b", bundle],
    ["-p", join(bundle, "pidfile"), "-n", options.name, "--exit-dir", options.exits, "--full-attach"],
    logArguments(options.log),
    ["--log-level", "warning", "--conmon-pidfile", join(bundle, "conmon.pid")],
    options.runtimeArgs.map((argument) => `--runtime-arg=${argument}`),
    options.tty ? ["-t"] : options.interactive ? ["-i"] : [],
    options.timeoutSeconds === undefined ? [] : ["--timeout", String(options.timeoutSeconds)],
    options.exitDelay === 0 ? [] : ["--exit-delay", String(options.exitDelay)],
    ["--exit-command", exitProgram, ...exitArgs.flatMap((argument) => ["--exit-command-arg", argument])],
  ].flat();
}

function logArguments(log: MonitorLog): string[] {
  switch (log.driver) {
    case "file":
      return [
        ...(log.reopened === true ? ["--no-sync-log"] : []),
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

// The caller's environment stays with the caller: neither secrets nor LD_PRELOAD belong in a process that outlives it.
function monitorEnvironment(): Record<string, string> {
  const environment: Record<string, string> = {
    PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    // conmon refuses arguments that its locale cannot hold.
    LC_ALL: "C.UTF-8",
    _OCI_SYNCPIPE: "3",
    _OCI_STARTPIPE: "4",
  };
  const runtimeDir = process.env["XDG_RUNTIME_DIR"];
  if (runtimeDir !== undefined) environment["XDG_RUNTIME_DIR"] = runtimeDir;
  return environment;
}

function makePipe(descriptors: Set<number>): { reader: number; writer: number } {
  const fds = new Int32Array(2);
  must("cannot make a pipe", "pipe2", fds, O_CLOEXEC);
  for (const fd of fds) descriptors.add(fd);
  return { reader: fds[0] ?? -1, writer: fds[1] ?? -1 };
}

async function readLine(fd: number): Promise<string> {
  const buffer = Buffer.alloc(65_536);
  let length = 0;
  while (length < buffer.length) {
    const bytesRead = await readFd(fd, buffer.subarray(length));
    length += bytesRead;
    if (bytesRead === 0 || buffer.subarray(length - bytesRead, length).includes(10)) break;
  }
  return buffer.subarray(0, length).toString("utf8").trim();
}

type Seen = { code: number; stderr: string; attempt: RuntimeAttempt };

function parseReply(reply: string, { code, stderr, attempt }: Seen): number {
  const { data, message } = readReply(reply);
  if (data !== undefined && data > 0) return data;
  throw runtimeFailure(message?.trim() || stderr.trim() || `conmon ended with code ${code} without a word`, attempt);
}

function readReply(reply: string): { data: number | undefined; message: string | undefined } {
  try {
    const { data, message } = JSON.parse(reply) as { data?: unknown; message?: unknown };
    return { data: Number(data), message: typeof message === "string" ? message : undefined };
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    // conmon escapes control characters poorly; what matters may be cut out by hand.
    const data = /"data":\s*(-?\d+)/.exec(reply)?.[1];
    const message = /"message":\s*"([\s\S]*)"\s*\}?$/.exec(reply)?.[1];
    return { data: data === undefined ? undefined : Number(data), message: message?.replaceAll('\\"', '"') };
  }
}

/** The pids that conmon left in the bundle: its own and the container's; undefined for one that is not there (yet). */
export function readMonitorPids(bundle: string): { monitor: number | undefined; init: number | undefined } {
  return { monitor: readPid(join(bundle, "conmon.pid")), init: readPid(join(bundle, "pidfile")) };
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
