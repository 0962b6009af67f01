import { readlinkSync } from "node:fs";
import { hasCode } from "../lib/has-code.ts";
import { readProcFile } from "./process.ts";

/** Bytes that came in and went out, over all interfaces but the loopback. */
export type NetworkUsage = { readonly inputBytes: number; readonly outputBytes: number };

/** The counters of a process's network namespace; zero when it is gone, or in the namespace of the host. */
export function readNetworkUsage(pid: number): NetworkUsage {
  if (namespaceOf(pid) === namespaceOf("self")) return { inputBytes: 0, outputBytes: 0 };
  return parseNetworkUsage(readProcFile(pid, "net/dev"));
}

/** The pure half of {@link readNetworkUsage}: proc(5), /proc/net/dev. */
export function parseNetworkUsage(text: string): NetworkUsage {
  const lines = text.split("\n").flatMap((line) => {
    const [, name, counters] = /^\s*([^:\s]+):\s*(.*)$/.exec(line) ?? [];
    return name === undefined || name === "lo" ? [] : [(counters ?? "").split(/\s+/).map(Number)];
  });
  const sum = (column: number): number => lines.reduce((total, counters) => total + (counters[column] ?? 0), 0);
  return { inputBytes: sum(0), outputBytes: sum(8) };
}

function namespaceOf(pid: number | "self"): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/ns/net`);
  } catch (error) {
    if (hasCode(error, "ENOENT", "ESRCH", "EACCES")) return undefined;
    throw error;
  }
}
