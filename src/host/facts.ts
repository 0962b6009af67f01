import { arch, cpus, freemem, hostname, release, totalmem, uptime } from "node:os";
import { readOrEmpty } from "./read-if-there.ts";

/** What a host says of itself. Sizes in bytes, times in seconds. */
export type HostFacts = {
  /** As OCI names it: `amd64`, `arm64`. */
  readonly architecture: string;
  readonly hostname: string;
  readonly kernel: string;
  readonly cpus: number;
  readonly memoryTotalBytes: number;
  readonly memoryFreeBytes: number;
  readonly swapTotalBytes: number;
  readonly swapFreeBytes: number;
  readonly uptimeSeconds: number;
  /** How the processors spent their time since boot, in percent. */
  readonly cpuPercent: { readonly user: number; readonly system: number; readonly idle: number };
  /** os-release(5): `debian`, `12`, `bookworm`; "" where it says nothing. */
  readonly distribution: { readonly id: string; readonly version: string; readonly codename: string };
  /** Names of the security modules in force, such as `apparmor`. */
  readonly securityModules: readonly string[];
};

/** Reads a few small files of /proc, /etc and /sys; no process is started. */
export function readHostFacts(): HostFacts {
  const memory = readPairs("/proc/meminfo", /^(\w+):\s+(\d+)/gm);
  const system = readPairs("/etc/os-release", /^(\w+)="?([^"\n]*)"?$/gm);
  const kilobytes = (name: string): number => Number(memory.get(name) ?? 0) * 1024;
  return {
    architecture: arch() === "x64" ? "amd64" : arch(),
    hostname: hostname(),
    kernel: release(),
    cpus: cpus().length,
    memoryTotalBytes: totalmem(),
    memoryFreeBytes: freemem(),
    swapTotalBytes: kilobytes("SwapTotal"),
    swapFreeBytes: kilobytes("SwapFree"),
    uptimeSeconds: Math.floor(uptime()),
    cpuPercent: readCpuPercent(),
    distribution: {
      id: system.get("ID") ?? "",
      version: system.get("VERSION_ID") ?? "",
      codename: system.get("VERSION_CODENAME") ?? "",
    },
    securityModules: readOrEmpty("/sys/kernel/security/lsm", "EACCES").trim().split(",").filter(Boolean),
  };
}

// proc(5): user, nice, system, idle, and more that Podman leaves out of the sum.
function readCpuPercent(): HostFacts["cpuPercent"] {
  const [user = 0, nice = 0, system = 0, idle = 0] = (readOrEmpty("/proc/stat", "EACCES").split("\n")[0] ?? "")
    .split(/\s+/)
    .slice(1)
    .map(Number);
  const total = Math.max(1, user + nice + system + idle);
  const percent = (time: number): number => Math.round((time / total) * 10_000) / 100;
  return { user: percent(user + nice), system: percent(system), idle: percent(idle) };
}

function readPairs(path: string, pattern: RegExp): Map<string, string> {
  return new Map([...readOrEmpty(path, "EACCES").matchAll(pattern)].map(([, name = "", value = ""]) => [name, value]));
}
