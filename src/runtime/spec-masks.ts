import type { SecuritySpec } from "../state/spec/security.ts";

const MASKED_PATHS = [
  "/proc/acpi",
  "/proc/asound",
  "/proc/interrupts",
  "/proc/kcore",
  "/proc/keys",
  "/proc/latency_stats",
  "/proc/sched_debug",
  "/proc/scsi",
  "/proc/timer_list",
  "/proc/timer_stats",
  "/sys/dev/block",
  "/sys/devices/virtual/powercap",
  "/sys/firmware",
  "/sys/fs/selinux",
];
const READONLY_PATHS = ["/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"];

type Masks = Pick<SecuritySpec, "privileged" | "mask" | "unmask">;

/** The paths of a container that show nothing: the union of both peers' but for those unmasked by glob, and those that the user adds. */
export function maskedPaths({ privileged, mask, unmask }: Masks): string[] {
  return [...(privileged ? [] : MASKED_PATHS.filter((path) => !isUnmasked(path, unmask))), ...mask];
}

/** The paths of a container that cannot be written, but for those unmasked by glob. */
export function readonlyPaths({ privileged, unmask }: Masks): string[] {
  return privileged ? [] : READONLY_PATHS.filter((path) => !isUnmasked(path, unmask));
}

// A star stays within one name, as in Podman's (Go's filepath.Match).
function isUnmasked(path: string, unmask: readonly string[]): boolean {
  return unmask.some((pattern) => pattern === "ALL" || new Bun.Glob(pattern).match(path));
}
