import { existsSync } from "node:fs";
import { folderNames } from "../host/folder-names.ts";
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

/**
 * The paths of a container that show nothing: the union of both peers' but for those unmasked by glob, and those that the user adds.
 * @param ofHost those of {@link hostMasks}
 */
export function maskedPaths({ privileged, mask, unmask }: Masks, ofHost: readonly string[]): string[] {
  const usual = [...MASKED_PATHS, ...ofHost];
  return [...(privileged ? [] : usual.filter((path) => !isUnmasked(path, unmask))), ...mask];
}

const CPUS = "/sys/devices/system/cpu";

/** The counters of each CPU's heat, on hosts that have them: they tell of what others compute. */
export function hostMasks(): string[] {
  if (!existsSync(`${CPUS}/cpu0/thermal_throttle`)) return [];
  return folderNames(CPUS)
    .filter((name) => /^cpu\d+$/.test(name))
    .map((name) => `${CPUS}/${name}/thermal_throttle`);
}

/** The paths of a container that cannot be written, but for those unmasked by glob. */
export function readonlyPaths({ privileged, unmask }: Masks): string[] {
  return privileged ? [] : READONLY_PATHS.filter((path) => !isUnmasked(path, unmask));
}

/** Whether a path is among those unmasked by glob. A star stays within one name, as in Podman's (Go's filepath.Match). */
export function isUnmasked(path: string, unmask: readonly string[]): boolean {
  return unmask.some((pattern) => pattern === "ALL" || new Bun.Glob(pattern).match(path));
}
