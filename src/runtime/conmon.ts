import { accessSync, closeSync, constants, writeFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import { readFd } from "../host/fd-io.ts";
import { makePipe } from "../host/pipe.ts";
import { PROGRAM_PATH } from "../host/program-path.ts";
import { reclaimNull } from "../host/stdio-owner.ts";
import { EstibaError } from "../lib/error.ts";
import { logDebug } from "../lib/log.ts";
import { type RuntimeAttempt, runtimeFailure } from "./failure.ts";

const CONMON_PLACES = [
  "/usr/libexec/podman/conmon",
  "/usr/lib/podman/conmon",
  "/usr/bin/conmon",
  "/usr/local/bin/conmon",
];

/** How long a conmon that closed its pipes has for its end, to be able to tell its exit code. */
const END_MS = 200;

type ConmonOptions = {
  /** What starts it, by its words, in this process's stead. */
  readonly prefix: readonly string[];
  readonly words: readonly string[];
  /** Where it is looked for first. */
  readonly places: readonly string[];
  /** Its folder, where {@link PID_FILE} is written. */
  readonly cwd: string;
  /** It has our stdin, stdout and stderr for its own. */
  readonly passthrough: boolean;
  /** An exec session that is attached to: it tells when its socket is there, and waits once more. */
  readonly attach: boolean;
  /** Descriptors of ours that the container's process gets, from 3 on. */
  readonly pass: readonly number[];
  /** Descriptors it holds as long as it lives. */
  readonly keep: readonly number[];
};

/** The name of the file with conmon's pid, as Podman has it. */
export const PID_FILE = "conmon.pid";

/** One conmon, which waits to be let go. Disposing it before that ends it. */
export type Conmon = Disposable & {
  readonly pid: number;
  /** Lets it make its socket (only with `attach`); resolves when that can be connected to. */
  readonly prepare: () => Promise<void>;
  /** Lets it call the runtime. */
  readonly go: () => void;
  /** Afterwards: the pid that the runtime gave. Throws what it said, typed. */
  readonly runtimePid: (attempt: RuntimeAttempt) => Promise<number>;
};

/** Where conmon is: ESTIBA_CONMON, the usual places, then PATH. Throws `unavailable` with the package to install. */
export function findConmon(places: readonly string[] = []): string {
  const named = process.env["ESTIBA_CONMON"];
  const known = [...(named === undefined ? [] : [named]), ...places, ...CONMON_PLACES];
  const found = known.find(isExecutable) ?? Bun.which("conmon");
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

/** Starts conmon. Source: its start protocol (sync, start and attach pipe on the descriptors behind those that are passed on). */
export function startConmon(options: ConmonOptions): Conmon {
  // It is to stay our child until we end: its own fork, by which it would get away from us at once, takes a process more.
  const cmd = [...options.prefix, findConmon(options.places), "--sync", ...options.words];
  const descriptors = new Set<number>();
  const close = (...fds: number[]): void => {
    for (const fd of fds) if (descriptors.delete(fd)) closeSync(fd);
  };
  try {
    return spawnConmon(cmd, options, { descriptors, close });
  } catch (error) {
    close(...descriptors);
    throw error;
  }
}

type Held = { readonly descriptors: Set<number>; readonly close: (...fds: number[]) => void };

function spawnConmon(cmd: string[], options: ConmonOptions, { descriptors, close }: Held): Conmon {
  const sync = trackedPipe(descriptors);
  const start = trackedPipe(descriptors);
  const attach = options.attach ? [trackedPipe(descriptors)] : [];
  // Read only when something has failed.
  const errors = options.passthrough ? undefined : trackedPipe(descriptors);
  const ours = [sync.writer, start.reader, ...attach.map(({ writer }) => writer)];
  const stdio = errors === undefined ? "inherit" : "ignore";
  logDebug(() => `running ${cmd.join(" ")}`);
  const child = Bun.spawn({
    cmd,
    cwd: options.cwd,
    // A process group of its own, by which it is ended together with what it has begun; and Ctrl-C on our terminal is not meant for it.
    detached: true,
    env: conmonEnvironment(3 + options.pass.length),
    stdio: [stdio, stdio, errors?.writer ?? "inherit", ...options.pass, ...ours, ...options.keep],
  });
  const end = (): void => {
    // Killed first: the closing pipe would let it go.
    if (descriptors.has(start.writer)) child.kill("SIGKILL");
    close(...descriptors);
  };
  // It lives as long as the container: nobody waits for it but by a promise of its own.
  child.unref();
  close(...ours, ...(errors === undefined ? [] : [errors.writer]));
  try {
    writeFileSync(join(options.cwd, PID_FILE), String(child.pid));
  } catch (error) {
    end();
    throw error;
  }
  return {
    pid: child.pid,
    prepare: async () => {
      writeSync(start.writer, "0");
      for (const { reader } of attach) await readLine(reader);
    },
    go: () => close(start.writer),
    runtimePid: async (attempt) => {
      try {
        const { data, message } = readReply(await readLine(sync.reader));
        // What conmon gives as stdin where nobody writes to it.
        reclaimNull();
        if (data !== undefined && data > 0) return data;
        const said = message?.trim() || (errors === undefined ? "" : await readText(errors.reader));
        throw runtimeFailure(said || (await silentEnd(child)), attempt);
      } finally {
        close(...descriptors);
      }
    },
    [Symbol.dispose]: end,
  };
}

// Where it has come far enough, it calls the exit command, which waits for our lock: its end is not waited for.
async function silentEnd(child: Bun.Subprocess): Promise<string> {
  const code = await Promise.race([child.exited, Bun.sleep(END_MS)]);
  return code === undefined ? "it failed without a word" : `conmon ended with code ${code} without a word`;
}

// The caller's environment stays with the caller: neither secrets nor LD_PRELOAD belong in a process that outlives it.
function conmonEnvironment(first: number): Record<string, string> {
  const environment: Record<string, string> = {
    PATH: PROGRAM_PATH,
    // conmon refuses arguments that its locale cannot hold. The characters alone: each other category is a file more to look for.
    LC_CTYPE: "C.UTF-8",
    _OCI_SYNCPIPE: String(first),
    _OCI_STARTPIPE: String(first + 1),
    _OCI_ATTACHPIPE: String(first + 2),
  };
  const runtimeDir = process.env["XDG_RUNTIME_DIR"];
  if (runtimeDir !== undefined) environment["XDG_RUNTIME_DIR"] = runtimeDir;
  return environment;
}

function trackedPipe(descriptors: Set<number>): { readonly reader: number; readonly writer: number } {
  const pipe = makePipe();
  descriptors.add(pipe.reader).add(pipe.writer);
  return pipe;
}

const NEWLINE = 10;

/** Up to the end of the first line. */
async function readLine(fd: number): Promise<string> {
  return await readUntil(fd, (read) => read.includes(NEWLINE));
}

/** Up to the end. */
async function readText(fd: number): Promise<string> {
  return await readUntil(fd, () => false);
}

async function readUntil(fd: number, isEnough: (read: Uint8Array) => boolean): Promise<string> {
  const bytes = new Uint8Array(65_536);
  let length = 0;
  while (length < bytes.length) {
    const count = await readFd(fd, length === 0 ? bytes : bytes.subarray(length));
    length += count;
    if (count === 0 || isEnough(bytes.subarray(length - count, length))) break;
  }
  return new TextDecoder().decode(bytes.subarray(0, length)).trim();
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
