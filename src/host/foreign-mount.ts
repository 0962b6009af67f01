import { closeSync, constants, openSync } from "node:fs";
import { errnoError, must } from "./errno.ts";
import { cloneTreeCall } from "./mount.ts";
import { O_CLOEXEC, O_PATH } from "./open-flags.ts";
import { syscallBetween } from "./syscall.ts";

const CLONE_FS = 0x200;
const CLONE_NEWNS = 0x20000;
const OWN = "/proc/thread-self/ns/mnt";

/**
 * A copy of what another process has mounted at `path`, attached nowhere: a close-on-exec descriptor (see cloneTree in mount.ts), which
 * the caller closes. The kernel copies mounts only for who stands in their namespace: the calling thread goes there and comes back before
 * this returns. From now on it has a current folder and a umask of its own among this process's threads.
 */
export function cloneTreeOf(pid: number, path: string): number {
  const [there, home] = [`/proc/${pid}/ns/mnt`, OWN].map((name) => openSync(name, constants.O_RDONLY)) as [
    number,
    number,
  ];
  const [root, folder] = ["/", "."].map((name) => openSync(name, O_PATH | O_CLOEXEC | constants.O_DIRECTORY)) as [
    number,
    number,
  ];
  try {
    // The kernel lets nobody change his mount namespace who shares root and current folder with others.
    must("separating the thread's root from the others'", "unshare", CLONE_FS);
    const enter = ["setns", there, CLONE_NEWNS] as const;
    const { failed, result } = syscallBetween(enter, cloneTreeCall(path), ["setns", home, CLONE_NEWNS]);
    if (failed === "enter") throw errnoError(-result, "entering the container's mount namespace");
    // A thread that cannot come home must not go on: that error is the one to see.
    if (failed === "leave") throw errnoError(-result, "coming back to the host's mount namespace");
    must("coming back to the root", "fchdir", root);
    must("coming back to the root", "chroot", ".");
    must("coming back to the current folder", "fchdir", folder);
    if (result < 0) throw errnoError(-result, `cannot copy the mount at ${JSON.stringify(path)} of a container`);
    return result;
  } finally {
    for (const fd of [there, home, root, folder]) closeSync(fd);
  }
}
