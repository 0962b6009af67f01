import { chmodSync, chownSync, closeSync, fstatSync } from "node:fs";
import { hasCode } from "../lib/has-code.ts";
import { makePipe } from "./pipe.ts";
import { statPath } from "./statx.ts";
import { isTerminal } from "./terminal.ts";

/** A user of the host, with its group. */
export type Owner = { readonly uid: number; readonly gid: number };

const NULL = "/dev/null";
const NULL_MODE = 0o666;

/**
 * Whether one of these descriptors is a file or device of somebody else. The runtimes make the command's user the owner of its stdio, unless
 * that is a terminal (crun before 1.24, runc: fchown(2)); of pipes and sockets nobody else sees that.
 */
export function changesOwner(fds: readonly number[], { uid, gid }: Owner): boolean {
  return fds.some((fd) => {
    const found = statIfOpen(fd);
    if (found === undefined || (found.uid === uid && found.gid === gid)) return false;
    return found.isFile() || found.isBlockDevice() || (found.isCharacterDevice() && !isTerminal(fd));
  });
}

/** Whether one of these descriptors is a file. A kernel of its own (runsc) reads and writes it from its beginning, wherever we are in it. */
export function includesFile(fds: readonly number[]): boolean {
  return fds.some((fd) => statIfOpen(fd)?.isFile() === true);
}

function statIfOpen(fd: number): ReturnType<typeof fstatSync> | undefined {
  try {
    return fstatSync(fd);
  } catch (error) {
    if (hasCode(error, "EBADF")) return undefined;
    throw error;
  }
}

/** An input at its end from the beginning. Unlike /dev/null, it may change its owner. */
export function endedInput(): { readonly fd: number } & Disposable {
  const { reader, writer } = makePipe();
  closeSync(writer);
  return { fd: reader, [Symbol.dispose]: () => closeSync(reader) };
}

/** Makes /dev/null root's again, where a runtime has given it to a container's user as that one's stdin. Nothing where we may not. */
export function reclaimNull(): void {
  const owner = statPath(NULL);
  if (owner === undefined || (owner.uid === 0 && owner.gid === 0)) return;
  try {
    chownSync(NULL, 0, 0);
    chmodSync(NULL, NULL_MODE);
  } catch (error) {
    // In a user namespace that does not have the host's root.
    if (!hasCode(error, "EPERM", "EROFS", "EINVAL")) throw error;
  }
}
