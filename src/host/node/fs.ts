// What the binary takes for node:fs (scripts/bundle/quick.ts). Loading that module takes longer than all that `create` does with files: the few
// calls of such a command go to the kernel by themselves. The first other call loads the module, and from then on every call is its own.
import type * as node from "node:fs";
import { ERRNO } from "../errno.ts";
import { O_CLOEXEC } from "../open-flags.ts";
import { AT_FDCWD, syscall } from "../syscall.ts";
import { useNodePath } from "./path.ts";
import { backedBy, real } from "./real.ts";

type Fs = typeof node;

const PIECE_BYTES = 65_536;

// asm/fcntl.h: these two differ between x86_64 and aarch64.
const [O_DIRECTORY, O_NOFOLLOW] = process.arch === "arm64" ? [0o40000, 0o100000] : [0o200000, 0o400000];

export const constants: Fs["constants"] = backedBy<Fs["constants"]>(
  {
    F_OK: 0,
    X_OK: 1,
    W_OK: 2,
    R_OK: 4,
    O_RDONLY: 0,
    O_WRONLY: 1,
    O_RDWR: 2,
    O_CREAT: 0o100,
    O_EXCL: 0o200,
    O_NOCTTY: 0o400,
    O_TRUNC: 0o1000,
    O_APPEND: 0o2000,
    O_NONBLOCK: 0o4000,
    O_DIRECTORY,
    O_NOFOLLOW,
  },
  () => real("fs").constants,
);

function quickExists(path: node.PathLike): boolean {
  if (typeof path !== "string" || path.includes("\0")) return loadFs().existsSync(path);
  return syscall("faccessat", AT_FDCWD, path, constants.F_OK) === 0;
}

function quickOpen(path: node.PathLike, flags: node.OpenMode = "r", mode?: node.Mode | null): number {
  const bits = typeof flags === "number" ? flags : flags === "r" ? constants.O_RDONLY : constants.O_RDWR;
  const known = typeof flags === "number" || flags === "r" || flags === "r+";
  if (typeof path !== "string" || !known || typeof mode === "string") return loadFs().openSync(path, flags, mode);
  const fd = syscall("openat", AT_FDCWD, path, bits | O_CLOEXEC, mode ?? 0o666);
  // What fails is done once more by node, for the error that it makes of it; nothing has happened yet.
  return fd >= 0 ? fd : loadFs().openSync(path, flags, mode);
}

function quickClose(fd: number): void {
  const result = syscall("close", fd);
  // Never twice: the number may be another file's by now.
  if (result < 0) throw failed("close", result);
}

function quickWrite(fd: number, data: unknown, ...more: unknown[]): number {
  const [offset = 0, ...others] = more;
  const bytes = typeof data === "string" && more.length === 0 ? new TextEncoder().encode(data) : data;
  if (!(bytes instanceof Uint8Array) || typeof offset !== "number" || offset > bytes.length || others.length > 0)
    return Reflect.apply(loadFs().writeSync, undefined, [fd, data, ...more]) as number;
  for (;;) {
    const written = syscall("write", fd, offset === 0 ? bytes : bytes.subarray(offset), bytes.length - offset);
    if (written >= 0) return written;
    if (written !== -ERRNO.EINTR) throw failed("write", written);
  }
}

function quickSync(fd: number): void {
  const result = syscall("fdatasync", fd);
  // Never twice: the kernel tells of what is lost once (fsync(2)).
  if (result < 0) throw failed("fdatasync", result);
}

// As node's errors are, whose text comes from the module that has them all.
function failed(call: string, result: number): Error {
  const [code, text] = real("util").getSystemErrorMap().get(result) ?? ["UNKNOWN", "unknown error"];
  return Object.assign(new Error(`${code}: ${text}, ${call}`), { code, syscall: call, errno: result });
}

function quickRead(file: node.PathOrFileDescriptor, options?: unknown): unknown {
  if (typeof file === "string" && (options === "utf8" || options === "latin1")) {
    const text = readText(file, options === "latin1");
    if (text !== undefined) return text;
  }
  return Reflect.apply(loadFs().readFileSync, undefined, [file, options]);
}

// Undefined for what is no small file that can be read. In Latin-1 also for what is not ASCII, where UTF-8 is the same.
function readText(path: string, onlyAscii: boolean): string | undefined {
  const fd = syscall("openat", AT_FDCWD, path, constants.O_RDONLY | constants.O_NOCTTY | O_CLOEXEC);
  if (fd < 0) return undefined;
  try {
    const bytes = readSmall(fd);
    if (bytes === undefined) return undefined;
    // As node: a byte order mark stays.
    const text = new TextDecoder("utf-8", { ignoreBOM: true, fatal: onlyAscii }).decode(bytes);
    return onlyAscii && text.length !== bytes.length ? undefined : text;
  } catch (error) {
    if (error instanceof TypeError) return undefined;
    throw error;
  } finally {
    syscall("close", fd);
  }
}

function readSmall(fd: number): Uint8Array | undefined {
  const bytes = new Uint8Array(PIECE_BYTES);
  for (let length = 0; length < bytes.length; ) {
    const count = syscall("read", fd, bytes.subarray(length), bytes.length - length);
    if (count < 0) return undefined;
    if (count === 0) return bytes.subarray(0, length);
    length += count;
  }
  return undefined;
}

function loadFs(): Fs {
  const fs = real("fs");
  useNodePath();
  ({ accessSync, appendFileSync, chmodSync, chownSync, closeSync, copyFileSync, createReadStream } = fs);
  ({ existsSync, fchmodSync, fdatasyncSync, fstatSync, fsync, fsyncSync, lchownSync, linkSync, lstatSync } = fs);
  ({ mkdir, mkdirSync, mkdtempSync, openSync, read, readdirSync, readFileSync, readlinkSync, readSync, realpathSync } =
    fs);
  ({ renameSync, rmdirSync, rmSync, statfsSync, statSync, symlinkSync, unlinkSync, utimesSync, watch } = fs);
  ({ write, writeFile, writeFileSync, writeSync } = fs);
  return fs;
}

type FunctionName = { [Name in keyof Fs]: Fs[Name] extends (...given: never[]) => unknown ? Name : never }[keyof Fs];

function later<Name extends FunctionName>(name: Name): Fs[Name] {
  const call = (...given: unknown[]): unknown =>
    Reflect.apply(loadFs()[name] as (...given: unknown[]) => unknown, undefined, given);
  return call as unknown as Fs[Name];
}

export let closeSync: Fs["closeSync"] = quickClose;
export let existsSync: Fs["existsSync"] = quickExists;
export let fdatasyncSync: Fs["fdatasyncSync"] = quickSync;
export let openSync: Fs["openSync"] = quickOpen;
export let readFileSync: Fs["readFileSync"] = quickRead as Fs["readFileSync"];
export let writeSync: Fs["writeSync"] = quickWrite;

export let accessSync: Fs["accessSync"] = later("accessSync");
export let appendFileSync: Fs["appendFileSync"] = later("appendFileSync");
export let chmodSync: Fs["chmodSync"] = later("chmodSync");
export let chownSync: Fs["chownSync"] = later("chownSync");
export let copyFileSync: Fs["copyFileSync"] = later("copyFileSync");
export let createReadStream: Fs["createReadStream"] = later("createReadStream");
export let fchmodSync: Fs["fchmodSync"] = later("fchmodSync");
export let fstatSync: Fs["fstatSync"] = later("fstatSync");
export let fsync: Fs["fsync"] = later("fsync");
export let fsyncSync: Fs["fsyncSync"] = later("fsyncSync");
export let lchownSync: Fs["lchownSync"] = later("lchownSync");
export let linkSync: Fs["linkSync"] = later("linkSync");
export let lstatSync: Fs["lstatSync"] = later("lstatSync");
export let mkdir: Fs["mkdir"] = later("mkdir");
export let mkdirSync: Fs["mkdirSync"] = later("mkdirSync");
export let mkdtempSync: Fs["mkdtempSync"] = later("mkdtempSync");
export let read: Fs["read"] = later("read");
export let readdirSync: Fs["readdirSync"] = later("readdirSync");
export let readlinkSync: Fs["readlinkSync"] = later("readlinkSync");
export let readSync: Fs["readSync"] = later("readSync");
export let realpathSync: Fs["realpathSync"] = later("realpathSync");
export let renameSync: Fs["renameSync"] = later("renameSync");
export let rmdirSync: Fs["rmdirSync"] = later("rmdirSync");
export let rmSync: Fs["rmSync"] = later("rmSync");
export let statfsSync: Fs["statfsSync"] = later("statfsSync");
export let statSync: Fs["statSync"] = later("statSync");
export let symlinkSync: Fs["symlinkSync"] = later("symlinkSync");
export let unlinkSync: Fs["unlinkSync"] = later("unlinkSync");
export let utimesSync: Fs["utimesSync"] = later("utimesSync");
export let watch: Fs["watch"] = later("watch");
export let write: Fs["write"] = later("write");
export let writeFile: Fs["writeFile"] = later("writeFile");
export let writeFileSync: Fs["writeFileSync"] = later("writeFileSync");
