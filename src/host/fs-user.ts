import { must } from "./errno.ts";
import { syscall } from "./syscall.ts";

/** linux/capability.h, _LINUX_CAPABILITY_VERSION_3: two words of each set. */
const VERSION = 0x20080522;

type FsUser = { readonly uid: number; readonly gid: number };

/**
 * Runs `work` synchronously as somebody else towards file systems, with all of root's capabilities still: what it makes belongs to him. The
 * calling thread is itself again when this returns.
 */
export function asFsUser<T>({ uid, gid }: FsUser, work: () => T): T {
  const header = new Uint32Array([VERSION, 0]);
  // Effective, permitted, inheritable; twice.
  const own = new Uint32Array(6);
  must("reading the thread's capabilities", "capget", header, own);
  syscall("setfsgid", gid);
  // Takes the capabilities that concern files out of the effective set.
  syscall("setfsuid", uid);
  try {
    must("keeping the thread's capabilities", "capset", header, own);
    return work();
  } finally {
    syscall("setfsuid", 0);
    syscall("setfsgid", 0);
    must("restoring the thread's capabilities", "capset", header, own);
  }
}
