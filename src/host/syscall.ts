import { dlopen, FFIType, type Pointer, ptr, read } from "bun:ffi";

const { i64_fast } = FFIType;

// One variadic entry of libc serves every call: a symbol costs start-up time, and errno must be read right after the call.
const libc = dlopen("libc.so.6", {
  syscall: {
    args: [i64_fast, i64_fast, i64_fast, i64_fast, i64_fast, i64_fast, i64_fast],
    returns: i64_fast,
  },
  __errno_location: { args: [], returns: FFIType.ptr },
});

// name: [x86_64, aarch64]
const NUMBERS = {
  adjtimex: [159, 171],
  bind: [49, 200],
  capget: [125, 90],
  capset: [126, 91],
  chroot: [161, 51],
  close: [3, 57],
  connect: [42, 203],
  fchdir: [81, 50],
  fchmod: [91, 52],
  execve: [59, 221],
  exit_group: [231, 94],
  fchmodat: [268, 53],
  fchown: [93, 55],
  fchownat: [260, 54],
  fcntl: [72, 25],
  fgetxattr: [193, 10],
  flistxattr: [196, 13],
  flock: [73, 32],
  fsconfig: [431, 431],
  fsetxattr: [190, 7],
  fsmount: [432, 432],
  fsopen: [430, 430],
  fsync: [74, 82],
  ftruncate: [77, 46],
  getdents64: [217, 61],
  getsockname: [51, 204],
  ioctl: [16, 29],
  kill: [62, 129],
  lgetxattr: [192, 9],
  linkat: [265, 37],
  llistxattr: [195, 12],
  lseek: [8, 62],
  lsetxattr: [189, 6],
  memfd_create: [319, 279],
  mkdirat: [258, 34],
  mknodat: [259, 33],
  mount: [165, 40],
  mount_setattr: [442, 442],
  move_mount: [429, 429],
  open_tree: [428, 428],
  openat: [257, 56],
  openat2: [437, 437],
  pipe2: [293, 59],
  ppoll: [271, 73],
  pread64: [17, 67],
  prlimit64: [302, 261],
  pwrite64: [18, 68],
  readlinkat: [267, 78],
  recvfrom: [45, 207],
  renameat2: [316, 276],
  sendfile: [40, 71],
  sendto: [44, 206],
  setfsgid: [123, 152],
  setfsuid: [122, 151],
  setns: [308, 268],
  setsockopt: [54, 208],
  shutdown: [48, 210],
  socket: [41, 198],
  socketpair: [53, 199],
  statx: [332, 291],
  symlinkat: [266, 36],
  syncfs: [306, 267],
  umount2: [166, 39],
  unlinkat: [263, 35],
  unshare: [272, 97],
  utimensat: [280, 88],
  wait4: [61, 260],
} as const;

export type SyscallName = keyof typeof NUMBERS;

/** An argument: a number, a string (passed NUL-terminated) or memory that the kernel reads or fills. */
export type SyscallArgument = number | string | NodeJS.TypedArray | null;

const COLUMN = process.arch === "arm64" ? 1 : 0;
const encoder = new TextEncoder();

/** `AT_FDCWD`: paths are relative to the working folder. */
export const AT_FDCWD = -100;

/**
 * Makes one system call on the calling thread and returns its result, or minus errno as the kernel does: never throws for an errno.
 * A string with a NUL byte throws a TypeError: the kernel would read a shorter name.
 */
export function syscall(name: SyscallName, ...args: SyscallArgument[]): number {
  // `kept` holds every buffer until the call has returned; the collector may not move or free them.
  const kept: unknown[] = [];
  const result = libc.symbols.syscall(
    NUMBERS[name][COLUMN],
    toRaw(args[0], kept),
    toRaw(args[1], kept),
    toRaw(args[2], kept),
    toRaw(args[3], kept),
    toRaw(args[4], kept),
    toRaw(args[5], kept),
  );
  const value = Number(result);
  if (value !== -1) return value;
  const errno = read.i32(libc.symbols.__errno_location() as Pointer, 0);
  return kept.length >= 0 ? -errno : 0;
}

function toRaw(argument: SyscallArgument | undefined, kept: unknown[]): number {
  if (typeof argument === "number") return argument;
  if (argument === undefined || argument === null) return 0;
  if (typeof argument === "string") {
    if (argument.includes("\0")) throw new TypeError(`a path may not hold a NUL byte: ${JSON.stringify(argument)}`);
    const bytes = encoder.encode(`${argument}\0`);
    kept.push(bytes);
    return ptr(bytes);
  }
  kept.push(argument);
  return argument.byteLength === 0 ? 0 : ptr(argument);
}
