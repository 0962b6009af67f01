import { closeSync, constants, writeSync } from "node:fs";
import { join } from "node:path";
import { ERRNO, errnoError, must } from "../host/errno.ts";
import { readFd, writeFd } from "../host/fd-io.ts";
import { O_CLOEXEC, O_PATH } from "../host/open-flags.ts";
import { AT_FDCWD, syscall } from "../host/syscall.ts";
import { hasCode } from "../lib/has-code.ts";

const { O_NONBLOCK, O_WRONLY } = constants;
const AF_UNIX = 1;
const SOCK_SEQPACKET = 5;
const SOCK_CLOEXEC = 0o2000000;
/** shutdown(2): nothing more is written. */
export const SHUT_WR = 1;
/** conmon reads stdin packets into 32 KiB; more would be cut off. */
const MAX_STDIN_PACKET = 32_768;
/** One byte for the stream, at most 8,192 of output. */
export const MAX_OUTPUT_PACKET = 8_193;
const FIONREAD = 0x541b;
const READ_PATIENCE_MS = 500;
const BETWEEN_SIZES_MS = 30;

/** A connection to a container's stdio, through its conmon. Dispose it to detach; the container runs on. */
export type Attachment = Disposable & {
  /** Each piece of output as it comes; ends when the container's stdio ends. */
  readonly output: () => AsyncGenerator<{ stream: "stdout" | "stderr"; bytes: Uint8Array }>;
  /** Sends to stdin. */
  readonly send: (bytes: Uint8Array) => Promise<void>;
  /** Ends stdin: the container's process reads end-of-file. */
  readonly endInput: () => void;
};

/** Connects to `<bundle>/attach`. Connect before `start`: what was written earlier is only in the log. Throws `unavailable`-like errno errors. */
export function connectAttach(bundle: string): Attachment {
  const fd = connectSocket(bundle, "attach");
  let open = true;
  return {
    output: () => readOutput(fd),
    send: async (bytes) => {
      for (const packet of sendable(bytes)) await writeFd(fd, packet);
    },
    endInput: () => {
      syscall("shutdown", fd, SHUT_WR);
    },
    [Symbol.dispose]: () => {
      // Once: the number may be another file's later.
      if (open) closeSync(fd);
      open = false;
    },
  };
}

/** A connection to a socket of conmon's; the caller closes it. */
export function connectSocket(folder: string, name: string): number {
  const fd = must("cannot make a socket", "socket", AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
  try {
    connectUnix(fd, folder, name);
  } catch (error) {
    closeSync(fd);
    throw error;
  }
  return fd;
}

/** Input for the container, in packets that conmon takes. */
export function* sendable(bytes: Uint8Array): Generator<Uint8Array> {
  for (let offset = 0; offset < bytes.length; offset += MAX_STDIN_PACKET) {
    yield bytes.subarray(offset, offset + MAX_STDIN_PACKET);
  }
}

// A socket's path has 107 bytes at most; through an open folder's descriptor any depth fits.
function connectUnix(fd: number, folder: string, name: string): void {
  const folderFd = must(`cannot open ${folder}`, "openat", AT_FDCWD, folder, O_PATH | O_CLOEXEC, 0);
  try {
    const path = new TextEncoder().encode(`/proc/self/fd/${folderFd}/${name}\0`);
    const address = new Uint8Array(2 + path.length);
    new DataView(address.buffer).setUint16(0, AF_UNIX, true);
    address.set(path, 2);
    const result = syscall("connect", fd, address, address.length);
    if (result < 0) throw errnoError(-result, `cannot connect to ${join(folder, name)}`);
  } finally {
    closeSync(folderFd);
  }
}

/** The packets of a socket of conmon's as pieces of output, to the end. */
export async function* readOutput(fd: number): ReturnType<Attachment["output"]> {
  for (;;) {
    // One read is one packet: the first byte says which stream (2 stdout, 3 stderr).
    const buffer = Buffer.allocUnsafe(MAX_OUTPUT_PACKET);
    const bytesRead = await readPacket(fd, buffer);
    if (bytesRead === 0) return;
    yield { stream: buffer[0] === 3 ? "stderr" : "stdout", bytes: buffer.subarray(1, bytesRead) };
  }
}

async function readPacket(fd: number, buffer: Uint8Array): Promise<number> {
  for (;;) {
    try {
      return await readFd(fd, buffer);
    } catch (error) {
      // We detached while a read was under way.
      if (hasCode(error, "EBADF")) return 0;
      // conmon has gone without reading all of our input. The kernel says so once, before what conmon had written.
      if (!hasCode(error, "ECONNRESET")) throw error;
    }
  }
}

/** In characters. */
export type TerminalSize = { readonly rows: number; readonly columns: number };

/** Tells conmon the terminal's size. Nothing happens when the container has ended. */
export function resizeTerminal(bundle: string, size: TerminalSize): void {
  const fd = openControl(bundle);
  if (fd === undefined) return;
  try {
    writeSize(fd, size);
  } finally {
    closeSync(fd);
  }
}

/**
 * {@link resizeTerminal} for one of several that may come right after another: resolves when conmon has read it. Two lines that it reads at
 * once it takes for the first one twice (2.1.6).
 */
export async function resizeTerminalAlone(bundle: string, size: TerminalSize): Promise<void> {
  const fd = openControl(bundle);
  if (fd === undefined) return;
  try {
    await untilRead(fd);
    writeSize(fd, size);
    await untilRead(fd);
  } finally {
    closeSync(fd);
  }
}

async function untilRead(fd: number): Promise<void> {
  const deadline = performance.now() + READ_PATIENCE_MS;
  while (unreadBytes(fd) > 0 && performance.now() < deadline) await Bun.sleep(1);
}

/**
 * {@link resizeTerminal} for who comes to a program that has been drawing for another terminal, perhaps of the same size: without a change
 * of the size it would not draw anew. conmon 2.1.6 takes two lines that it reads at once for the first one twice: the second waits.
 */
export async function redrawTerminal(bundle: string, sizeNow: () => TerminalSize): Promise<void> {
  const fd = openControl(bundle);
  if (fd === undefined) return;
  try {
    const { rows, columns } = sizeNow();
    writeSize(fd, { rows: rows + 1, columns: columns + 1 });
    await untilRead(fd);
    // Long enough for the program to see that there was a change.
    await Bun.sleep(BETWEEN_SIZES_MS);
    writeSize(fd, sizeNow());
  } catch (error) {
    // It ended meanwhile.
    if (!hasCode(error, "EPIPE")) throw error;
  } finally {
    closeSync(fd);
  }
}

/**
 * Makes conmon close its log and begin it anew, at the same path. False when it has not read yet what it was told before: together the second
 * line would be lost. Nothing happens when the container has ended.
 */
export function reopenLog(bundle: string): boolean {
  const fd = openControl(bundle);
  if (fd === undefined) return true;
  try {
    if (unreadBytes(fd) > 0) return false;
    writeSync(fd, "2 0 0\n");
    return true;
  } catch (error) {
    if (!hasCode(error, "EPIPE")) throw error;
    return true;
  } finally {
    closeSync(fd);
  }
}

function openControl(bundle: string): number | undefined {
  const fd = syscall("openat", AT_FDCWD, join(bundle, "ctl"), O_WRONLY | O_NONBLOCK | O_CLOEXEC, 0);
  if (fd === -ERRNO.ENXIO || fd === -ERRNO.ENOENT) return undefined;
  if (fd < 0) throw errnoError(-fd, "cannot open the container's control fifo");
  return fd;
}

function writeSize(fd: number, { rows, columns }: TerminalSize): void {
  writeSync(fd, `1 ${rows} ${columns}\n`);
}

function unreadBytes(fd: number): number {
  const count = new Int32Array(1);
  must("cannot look into the control fifo", "ioctl", fd, FIONREAD, count);
  return count[0] ?? 0;
}
