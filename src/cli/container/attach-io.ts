import { constants } from "node:os";
import { readFd, writeFd } from "../../host/fd-io.ts";
import { sendSignal } from "../../host/process.ts";
import { makeRaw, readTerminalSize } from "../../host/terminal.ts";
import { type Attachment, redrawTerminal, resizeTerminal, type TerminalSize } from "../../runtime/attach.ts";
import { detachSieve, parseDetachKeys } from "../../runtime/detach-keys.ts";
import { catchInterrupt, interrupted } from "../image/interrupt.ts";

const STDIN_CHUNK = 32_768;
/** When the terminal's size is told again; the same size as before is no news to anybody. */
const SIZE_AGAIN_MS = [30, 150, 1000];
/** Signals that go to the container instead of ending the command. */
const PROXIED = ["SIGHUP", "SIGINT", "SIGQUIT", "SIGTERM", "SIGUSR1", "SIGUSR2", "SIGCONT"] as const;

/** How the size of a container's terminal is changed. */
type Terminal = {
  readonly resize: (size: TerminalSize) => void;
  /** Has what it shows drawn anew, in this size. */
  readonly redraw: (size: () => TerminalSize) => Promise<void>;
};

type JoinOptions = {
  readonly attachment: Pick<Attachment, "output" | "send" | "endInput">;
  readonly terminal: Terminal;
  readonly tty: boolean;
  /** Forward our stdin. */
  readonly interactive: boolean;
  /** Passes a signal on to the container's first process. */
  readonly passSignal: (signal: NodeJS.Signals) => void;
  /** Signals that arrived before; forwarded first. */
  readonly received?: readonly NodeJS.Signals[];
  /** Forward signals, as by default; else Ctrl-C and SIGTERM end this command alone, with the terminal as it was. */
  readonly sigProxy?: boolean;
  readonly detachKeys?: string | undefined;
  /** Which of its output is shown; all of it when undefined. */
  readonly shown?: { readonly stdout: boolean; readonly stderr: boolean };
  /** It has been running: what its terminal shows is drawn anew. */
  readonly redraw?: boolean;
  /** Nobody waits for its end: this is over when the reader of what is shown has gone. */
  readonly leavesUnread?: boolean;
};

type AttachOptions = Omit<JoinOptions, "terminal" | "passSignal"> & {
  readonly bundle: string;
  /** Signals go to this process, as found at that moment. */
  readonly initPid: () => number | undefined;
};

/** {@link joinStdio}, for a container of this machine. */
export async function attachStdio({ bundle, initPid, ...options }: AttachOptions): Promise<"ended" | "detached"> {
  const terminal: Terminal = {
    resize: (size) => resizeTerminal(bundle, size),
    redraw: async (size) => await redrawTerminal(bundle, size),
  };
  return await joinStdio({ ...options, terminal, passSignal: (signal) => forwardSignal(signal, initPid) });
}

/**
 * Joins this process's stdio to the container's until its output ends or the user detaches. The terminal is as it was afterwards. A gone
 * reader of our stdout does not end the container's output: it is read on and dropped, unless nobody waits for the end.
 */
export async function joinStdio(options: JoinOptions): Promise<"ended" | "detached"> {
  const keys = options.tty ? parseDetachKeys(options.detachKeys) : [];
  using _terminal = options.tty && options.interactive ? rawTerminal() : noResource();
  using _size = options.tty ? followSize(options.terminal) : noResource();
  const left = Promise.withResolvers<"detached">();
  if (options.tty) adoptSize(options).catch(left.reject);
  const { sigProxy = true, received = [] } = options;
  using _signals = sigProxy ? proxySignals(options.passSignal) : leaveOnSignals(left.reject);
  if (sigProxy) for (const signal of received) options.passSignal(signal);
  else if (received.some((signal) => signal === "SIGINT" || signal === "SIGTERM")) left.reject(interrupted());
  if (options.interactive) {
    void forwardInput(options.attachment, keys).then(
      (outcome) => (outcome === "detached" ? left.resolve("detached") : undefined),
      // The container's end closes its stdin under us; anything else is an error of ours.
      (error: unknown) => (isClosedPipe(error) ? undefined : left.reject(error)),
    );
  }
  return await Promise.race([copyOutput(options), left.promise]);
}

async function copyOutput({
  attachment,
  shown = { stdout: true, stderr: true },
  leavesUnread = false,
}: Pick<JoinOptions, "attachment" | "shown" | "leavesUnread">): Promise<"ended" | "detached"> {
  const open = { stdout: shown.stdout, stderr: shown.stderr };
  for await (const { stream, bytes } of attachment.output()) {
    if (!open[stream]) continue;
    try {
      await writeWhole(stream === "stdout" ? 1 : 2, bytes);
    } catch (error) {
      if (!isClosedPipe(error)) throw error;
      if (leavesUnread) return "detached";
      open[stream] = false;
    }
  }
  return "ended";
}

async function writeWhole(fd: number, bytes: Uint8Array): Promise<void> {
  for (let offset = 0; offset < bytes.length; ) {
    try {
      const bytesWritten = await writeFd(fd, bytes.subarray(offset));
      offset += bytesWritten;
    } catch (error) {
      if (codeOf(error) !== "EAGAIN") throw error;
      await Bun.sleep(1);
    }
  }
}

async function forwardInput(
  attachment: JoinOptions["attachment"],
  keys: readonly number[],
): Promise<"ended" | "detached"> {
  const sift = detachSieve(keys);
  const buffer = Buffer.alloc(STDIN_CHUNK);
  for (;;) {
    const bytes = await readInput(buffer);
    if (bytes.length === 0) {
      attachment.endInput();
      return "ended";
    }
    const { passed, detached } = sift(bytes);
    if (passed.length > 0) await attachment.send(passed);
    if (detached) return "detached";
  }
}

async function readInput(buffer: Buffer): Promise<Uint8Array> {
  for (;;) {
    try {
      const bytesRead = await readFd(0, buffer);
      return buffer.subarray(0, bytesRead);
    } catch (error) {
      if (codeOf(error) === "EIO" || codeOf(error) === "EBADF") return buffer.subarray(0, 0);
      if (codeOf(error) !== "EAGAIN") throw error;
      await Bun.sleep(5);
    }
  }
}

function rawTerminal(): Disposable {
  return process.stdin.isTTY ? makeRaw(0) : noResource();
}

/** The size of the caller's terminal: what a container's own begins with. */
export function terminalSize(): TerminalSize | undefined {
  return readTerminalSize(1);
}

async function adoptSize({ terminal, redraw = false }: JoinOptions): Promise<void> {
  const size = terminalSize();
  if (size === undefined) return;
  if (redraw) await terminal.redraw(() => terminalSize() ?? size);
  else terminal.resize(size);
}

function followSize(terminal: Terminal): Disposable {
  const resize = (): void => {
    const size = terminalSize();
    if (size !== undefined) terminal.resize(size);
  };
  process.on("SIGWINCH", resize);
  // conmon drops a size that it is told before it has the terminal, which on a busy host may be after the start.
  const again = SIZE_AGAIN_MS.map((delay) => setTimeout(resize, delay));
  return {
    [Symbol.dispose]: () => {
      process.off("SIGWINCH", resize);
      for (const timer of again) clearTimeout(timer);
    },
  };
}

/** Passes signals that would end this command on, until it is disposed. */
export function proxySignals(forward: (signal: NodeJS.Signals) => void): Disposable {
  for (const signal of PROXIED) process.on(signal, forward);
  return {
    [Symbol.dispose]: () => {
      for (const signal of PROXIED) process.off(signal, forward);
    },
  };
}

/** Passes the signals that come to this command on to the container's first process, until it is disposed. */
export function forwardSignals(initPid: () => number | undefined): Disposable {
  return proxySignals((signal) => forwardSignal(signal, initPid));
}

function leaveOnSignals(leave: (reason: unknown) => void): Disposable {
  const interrupt = catchInterrupt();
  interrupt.signal.addEventListener("abort", () => leave(interrupt.signal.reason), { once: true });
  return interrupt;
}

function forwardSignal(signal: NodeJS.Signals, initPid: () => number | undefined): void {
  const pid = initPid();
  if (pid !== undefined) sendSignal(pid, constants.signals[signal]);
}

/** Signals that arrived while a container was being started; disposing it lets them act as usual again. */
export type HeldSignals = Disposable & { readonly received: NodeJS.Signals[] };

/** Keeps signals that would end this command back for as long as a start is under way: half a container helps nobody. */
export function holdSignals(): HeldSignals {
  const received: NodeJS.Signals[] = [];
  const hold = (signal: NodeJS.Signals): void => void received.push(signal);
  for (const signal of PROXIED) process.on(signal, hold);
  return {
    received,
    [Symbol.dispose]: () => {
      for (const signal of PROXIED) process.off(signal, hold);
    },
  };
}

function noResource(): Disposable {
  return { [Symbol.dispose]: () => undefined };
}

function isClosedPipe(error: unknown): boolean {
  return ["EPIPE", "ECONNRESET", "ENOTCONN", "EBADF"].includes(codeOf(error));
}

function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : "";
}
