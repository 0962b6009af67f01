import { constants } from "node:os";
import { readFd, writeFd } from "../../host/fd-io.ts";
import { sendSignal } from "../../host/process.ts";
import { makeRaw } from "../../host/terminal.ts";
import { type Attachment, resizeTerminal, type TerminalSize } from "../../runtime/attach.ts";

const STDIN_CHUNK = 32_768;
const DEFAULT_DETACH_KEYS = "ctrl-p,ctrl-q";
/** Signals that go to the container instead of ending the command. */
const PROXIED = ["SIGHUP", "SIGINT", "SIGQUIT", "SIGTERM", "SIGUSR1", "SIGUSR2", "SIGCONT"] as const;

type AttachOptions = {
  readonly attachment: Attachment;
  readonly bundle: string;
  readonly tty: boolean;
  /** Forward our stdin. */
  readonly interactive: boolean;
  /** Forward signals to the container's first process, as found at that moment. */
  readonly initPid: () => number | undefined;
  /** Signals that arrived before; forwarded first. */
  readonly received?: readonly NodeJS.Signals[];
  readonly detachKeys?: string | undefined;
};

/**
 * Joins this process's stdio to the container's until its output ends or the user detaches. The terminal is as it was afterwards. A gone
 * reader of our stdout does not end the container's output: it is read on and dropped.
 */
export async function attachStdio(options: AttachOptions): Promise<"ended" | "detached"> {
  using _terminal = options.tty && options.interactive ? rawTerminal() : noResource();
  using _size = options.tty ? followSize(options.bundle) : noResource();
  using _signals = proxySignals((signal) => forwardSignal(signal, options.initPid));
  for (const signal of options.received ?? []) forwardSignal(signal, options.initPid);
  const detached = Promise.withResolvers<"detached">();
  if (options.interactive) {
    void forwardInput(options).then(
      (outcome) => (outcome === "detached" ? detached.resolve("detached") : undefined),
      // The container's end closes its stdin under us; anything else is an error of ours.
      (error: unknown) => (isClosedPipe(error) ? undefined : detached.reject(error)),
    );
  }
  return await Promise.race([copyOutput(options.attachment), detached.promise]);
}

async function copyOutput(attachment: Attachment): Promise<"ended"> {
  const open = { stdout: true, stderr: true };
  for await (const { stream, bytes } of attachment.output()) {
    if (!open[stream]) continue;
    try {
      await writeWhole(stream === "stdout" ? 1 : 2, bytes);
    } catch (error) {
      if (!isClosedPipe(error)) throw error;
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

async function forwardInput({ attachment, tty, detachKeys }: AttachOptions): Promise<"ended" | "detached"> {
  const keys = tty ? parseDetachKeys(detachKeys ?? DEFAULT_DETACH_KEYS) : [];
  let matched = 0;
  const buffer = Buffer.alloc(STDIN_CHUNK);
  for (;;) {
    const bytes = await readInput(buffer);
    if (bytes.length === 0) {
      attachment.endInput();
      return "ended";
    }
    if (keys.length === 0) {
      await attachment.send(bytes);
      continue;
    }
    const passed: number[] = [];
    for (const byte of bytes) {
      if (byte === keys[matched]) {
        matched++;
        if (matched === keys.length) return "detached";
        continue;
      }
      // A sequence that was only begun belongs to the container after all.
      passed.push(...keys.slice(0, matched), byte);
      matched = 0;
    }
    if (passed.length > 0) await attachment.send(Uint8Array.from(passed));
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

/** `ctrl-p,ctrl-q`, `a`, or empty for none, as bytes. */
function parseDetachKeys(text: string): number[] {
  if (text === "") return [];
  return text.split(",").map((key) => {
    const control = /^ctrl-([a-z@[\\\]^_])$/.exec(key)?.[1];
    return control === undefined ? key.charCodeAt(0) : control.toUpperCase().charCodeAt(0) & 0x1f;
  });
}

function rawTerminal(): Disposable {
  return process.stdin.isTTY ? makeRaw(0) : noResource();
}

/** The size of the caller's terminal: what a container's own begins with. */
export function terminalSize(): TerminalSize | undefined {
  const { isTTY, rows, columns } = process.stdout;
  return isTTY ? { rows, columns } : undefined;
}

function followSize(bundle: string): Disposable {
  const resize = (): void => {
    const size = terminalSize();
    if (size !== undefined) resizeTerminal(bundle, size);
  };
  resize();
  process.on("SIGWINCH", resize);
  return { [Symbol.dispose]: () => void process.off("SIGWINCH", resize) };
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
