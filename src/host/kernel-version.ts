import { readFileSync } from "node:fs";

/** Whether the running kernel is older than a release, by its name; for what the kernel itself does not tell when asked. */
export function kernelIsBefore(major: number, minor: number): boolean {
  const [, ownMajor, ownMinor] = /^(\d+)\.(\d+)/.exec(readFileSync("/proc/sys/kernel/osrelease", "latin1")) ?? [];
  return Number(ownMajor) < major || (Number(ownMajor) === major && Number(ownMinor) < minor);
}
