import { realpathSync, statfsSync } from "node:fs";
import { EstibaError } from "../lib/error.ts";
import type { ResolvedMount } from "../runtime/spec-mounts.ts";

const PROC_MAGIC = 0x9fa0;
/** Files of /proc over which others may be mounted, as lxcfs does; the rest is what runtimes write labels and limits through (runc's list). */
const PROC_FILES =
  "cpuinfo diskstats meminfo stat swaps uptime loadavg slabinfo net/dev sys/kernel/ns_last_pid sys/crypto/fips_enabled";

/**
 * Throws `invalid` for a mount in a place that must stay the kernel's: what an image or a volume has at /proc, or at /dev, would be written to
 * by runtimes as if it were the real one, and masks would hide something else (CVE-2019-16884, CVE-2025-31133). The host's own /proc and /dev
 * may be shown there. `target` has no links any more.
 */
export function refuseKernelPlace({ mount, source }: ResolvedMount, target: string): void {
  if (target !== "/dev" && target !== "/proc" && !target.startsWith("/proc/")) return;
  if (PROC_FILES.split(" ").includes(target.slice("/proc/".length))) return;
  if (target === "/dev" && (mount.type === "tmpfs" || realpathSync(source) === "/dev")) return;
  if (target === "/proc" && mount.type === "bind" && statfsSync(source).type === PROC_MAGIC) return;
  throw new EstibaError("invalid", {
    reason: "container.kernel_place",
    what: `cannot mount at "${mount.target}": what is at ${target} of a container must be the kernel's`,
    fix: "choose another place in the container",
  });
}
