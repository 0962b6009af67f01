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
  clock_gettime: [228, 113],
  close: [3, 57],
  connect: [42, 203],
  faccessat: [269, 48],
  fchdir: [81, 50],
  fchmod: [91, 52],
  execve: [59, 221],
  exit_group: [231, 94],
  fchmodat: [268, 53],
  fchown: [93, 55],
  fchownat: [260, 54],
  fcntl: [72, 25],
  fdatasync: [75, 83],
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
  read: [0, 63],
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
  write: [1, 64],
} as const;

export type SyscallName = keyof typeof NUMBERS;

/** An argument: a number, a string (passed NUL-terminated) or memory that the kernel reads or fills. */
export type SyscallArgument = number | string | NodeJS.TypedArray | null;

/** A call that is yet to be made. */
export type Call = readonly [name: SyscallName, ...args: SyscallArgument[]];

/** What {@link syscallBetween} did: `failed` is the step that the kernel refused, if any but the work; `result` its minus errno, else the work's. */
export type CallBetween = { readonly failed?: "enter" | "leave"; readonly result: number };

const COLUMN = process.arch === "arm64" ? 1 : 0;
const encoder = new TextEncoder();
// Where the texts of one call lie, so that none of the hundreds in a start allocates. Large enough to lie outside the collector's own memory,
// and so never moved.
const TEXTS = new Uint8Array(16_384);
const TEXTS_AT: number = ptr(TEXTS);
const held: { used: number; long: Uint8Array[] } = { used: 0, long: [] };

/** `AT_FDCWD`: paths are relative to the working folder. */
export const AT_FDCWD = -100;

/**
 * Makes one system call on the calling thread and returns its result, or minus errno as the kernel does: never throws for an errno.
 * A string with a NUL byte throws a TypeError: the kernel would read a shorter name.
 */
export function syscall(name: SyscallName, ...args: SyscallArgument[]): number {
  held.used = 0;
  // Most are numbers: each call saved is one less that the compiler takes for worth its while.
  const [a, b, c, d, e, f] = args;
  const result = libc.symbols.syscall(
    NUMBERS[name][COLUMN],
    typeof a === "number" ? a : raw(a),
    typeof b === "number" ? b : raw(b),
    typeof c === "number" ? c : raw(c),
    typeof d === "number" ? d : raw(d),
    typeof e === "number" ? e : raw(e),
    typeof f === "number" ? f : raw(f),
  );
  const value = Number(result);
  // The arguments are named once more, so that the collector may not free them before the call has returned.
  return value === -1 ? -errnoAfter(args) : value;
}

/**
 * Makes a call between two that lead the calling thread somewhere and back, such as into a namespace, with nothing of JavaScript in between:
 * its engine starts threads of its own whenever it likes, by the calling thread, and one that were born there would stay for as long as it
 * has work, and hold the namespace. `leave`, if any, is made whenever `enter` was, whatever became of `work`. For the way there and back two
 * numbers are enough.
 */
export function syscallBetween(enter: Call, work: Call, leave?: Call): CallBetween {
  held.used = 0;
  const [enterNumber, enterA, enterB] = numbersOf(enter);
  const [number, a, b, c, d, e, f] = numbersOf(work);
  const [leaveNumber, leaveA, leaveB] = leave === undefined ? [undefined, 0, 0] : numbersOf(leave);
  const call = libc.symbols.syscall;
  const entered = call(enterNumber, enterA, enterB, 0, 0, 0, 0);
  if (Number(entered) === -1) return { failed: "enter", result: -errnoAfter(enter) };
  const result = call(number, a, b, c, d, e, f);
  const left = leaveNumber === undefined ? 0 : call(leaveNumber, leaveA, leaveB, 0, 0, 0, 0);
  if (Number(left) === -1) return { failed: "leave", result: -errnoAfter([leave]) };
  const value = Number(result);
  // A call that succeeds leaves errno alone: it is still that of the work.
  return { result: value === -1 ? -errnoAfter(work) : value };
}

type Numbers = [number, number, number, number, number, number, number];

function numbersOf([name, a, b, c, d, e, f]: Call): Numbers {
  const [first, ...rest] = [a, b, c, d, e, f].map((argument) =>
    typeof argument === "number" ? argument : raw(argument),
  );
  return [NUMBERS[name][COLUMN], first, ...rest] as Numbers;
}

function errnoAfter(_arguments: readonly unknown[]): number {
  return read.i32(libc.symbols.__errno_location() as Pointer, 0);
}

function raw(argument: Exclude<SyscallArgument, number> | undefined): number {
  if (typeof argument === "string") return textAt(argument);
  if (argument === undefined || argument === null || argument.byteLength === 0) return 0;
  return ptr(argument);
}

function textAt(text: string): number {
  if (text.includes("\0")) throw new TypeError(`a path may not hold a NUL byte: ${JSON.stringify(text)}`);
  const { used } = held;
  // A unit of UTF-16 takes three bytes of UTF-8 at most.
  if (used + 3 * text.length >= TEXTS.length) return longTextAt(text);
  const { written } = encoder.encodeInto(text, used === 0 ? TEXTS : TEXTS.subarray(used));
  TEXTS[used + written] = 0;
  held.used = used + written + 1;
  return TEXTS_AT + used;
}

function longTextAt(text: string): number {
  const bytes = encoder.encode(`${text}\0`);
  held.long = [...held.long.slice(-5), bytes];
  return ptr(bytes);
}
