import { ERRNO, errnoError } from "./errno.ts";
import { type SyscallArgument, type SyscallName, syscall } from "./syscall.ts";

/** An open descriptor (not O_PATH), or a path, as bytes ending in NUL or as text; a link as last component is not followed. */
export type XattrTarget = { fd: number } | { path: string | Uint8Array };

const MAX_VALUE_BYTES = 65_536;

/** Sets one extended attribute: 0, or minus errno. */
export function trySetXattr(target: XattrTarget, name: string, value: Uint8Array): number {
  if ("fd" in target) return syscall("fsetxattr", target.fd, name, value, value.length, 0);
  return syscall("lsetxattr", target.path, name, value, value.length, 0);
}

/** The value of one extended attribute; undefined where there is none, or the file system has no such thing. */
export function getXattr(target: XattrTarget, name: string): Uint8Array | undefined {
  return read(target, ["fgetxattr", "lgetxattr"], [name]);
}

/** The names of all extended attributes; empty where the file system has no such thing. */
export function listXattrs(target: XattrTarget): string[] {
  const bytes = read(target, ["flistxattr", "llistxattr"], []);
  if (bytes === undefined || bytes.length === 0) return [];
  const names = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("utf8");
  return names.split("\0").filter((name) => name !== "");
}

function read(target: XattrTarget, calls: [SyscallName, SyscallName], name: string[]): Uint8Array | undefined {
  const [call, place]: [SyscallName, SyscallArgument] =
    "fd" in target ? [calls[0], target.fd] : [calls[1], target.path];
  for (let size = 256; size <= MAX_VALUE_BYTES; size *= 16) {
    const buffer = new Uint8Array(size);
    const length = syscall(call, place, ...name, buffer, size);
    if (length >= 0) return buffer.subarray(0, length);
    if (length === -ERRNO.ENODATA || length === -ERRNO.EOPNOTSUPP) return undefined;
    if (length !== -ERRNO.ERANGE) throw errnoError(-length, `cannot read the extended attributes ${name.join()}`);
  }
  throw errnoError(ERRNO.ERANGE, "cannot read the extended attributes");
}
