import { type ErrorCode, EstibaError } from "../lib/error.ts";
import { type SyscallArgument, type SyscallName, syscall } from "./syscall.ts";

/** Linux errno numbers that Estiba tells apart (asm-generic/errno.h; the same on x86_64 and aarch64). */
export const ERRNO = {
  EPERM: 1,
  ENOENT: 2,
  ESRCH: 3,
  EINTR: 4,
  EIO: 5,
  ENXIO: 6,
  EBADF: 9,
  EAGAIN: 11,
  ENOMEM: 12,
  EACCES: 13,
  EBUSY: 16,
  EEXIST: 17,
  EXDEV: 18,
  ENODEV: 19,
  ENOTDIR: 20,
  EISDIR: 21,
  EINVAL: 22,
  ENFILE: 23,
  EMFILE: 24,
  ENOSPC: 28,
  EROFS: 30,
  EPIPE: 32,
  ERANGE: 34,
  ENAMETOOLONG: 36,
  ENOSYS: 38,
  ENOTEMPTY: 39,
  ELOOP: 40,
  ENODATA: 61,
  EOPNOTSUPP: 95,
  EADDRINUSE: 98,
  EADDRNOTAVAIL: 99,
  ECONNRESET: 104,
  EISCONN: 106,
  ENOTCONN: 107,
  ECONNREFUSED: 111,
  EALREADY: 114,
  EINPROGRESS: 115,
  EDQUOT: 122,
} as const;

const CODES: Partial<Record<number, ErrorCode>> = {
  [ERRNO.EPERM]: "denied",
  [ERRNO.EACCES]: "denied",
  [ERRNO.ENOENT]: "not_found",
  [ERRNO.ENOSPC]: "exhausted",
  [ERRNO.EDQUOT]: "exhausted",
  [ERRNO.EMFILE]: "exhausted",
  [ERRNO.ENFILE]: "exhausted",
  [ERRNO.ENOMEM]: "exhausted",
  [ERRNO.EBUSY]: "in_use",
  [ERRNO.EADDRINUSE]: "in_use",
  [ERRNO.EEXIST]: "conflict",
  [ERRNO.ELOOP]: "invalid",
  [ERRNO.ENAMETOOLONG]: "invalid",
  [ERRNO.ENOSYS]: "unsupported",
  [ERRNO.EOPNOTSUPP]: "unsupported",
};

/** Those that a user can do something about, whatever the call was. */
const WORDS: Partial<Record<number, { readonly what: string; readonly fix: string }>> = {
  [ERRNO.ENOSPC]: { what: "no space left on the disk", fix: "make room: estiba system df, estiba system prune" },
  [ERRNO.EDQUOT]: { what: "the quota of the disk is used up", fix: "make room: estiba system df, estiba system prune" },
};

/** The symbolic name of an errno, such as `ENOENT`, or `errno 77`. */
export function errnoName(errno: number): string {
  return Object.entries(ERRNO).find(([, number]) => number === errno)?.[0] ?? `errno ${errno}`;
}

/** The error for a failed system call: `what` says which step failed; `details.errno` holds the number. */
export function errnoError(errno: number, what: string): EstibaError {
  const name = errnoName(errno);
  const said = WORDS[errno];
  return new EstibaError(CODES[errno] ?? "internal", {
    reason: `host.${name.toLowerCase()}`,
    what: `${what}: ${said === undefined ? name : `${said.what} (${name})`}`,
    details: { errno },
    ...(said === undefined ? {} : { fix: said.fix }),
  });
}

/** Like {@link syscall}, but a failure throws; `what` names the step for the reader. EINTR is retried. */
export function must(what: string, name: SyscallName, ...args: SyscallArgument[]): number {
  for (;;) {
    const result = syscall(name, ...args);
    if (result >= 0) return result;
    if (result !== -ERRNO.EINTR) throw errnoError(-result, what);
  }
}
