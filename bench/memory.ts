import { readdirSync, readFileSync, readlinkSync } from "node:fs";

/** A process outside of containers. */
export type HostProcess = { readonly name: string; readonly rssKb: number; readonly pssKb: number };

/** Every process of this namespace by pid, without those inside containers (they have process numbers of their own). */
export function hostProcesses(): Map<number, HostProcess> {
  const own = readlinkSync("/proc/self/ns/pid");
  const found = new Map<number, HostProcess>();
  for (const name of readdirSync("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    const process = readProcess(name, own);
    if (process !== undefined) found.set(Number(name), process);
  }
  return found;
}

function readProcess(pid: string, namespace: string): HostProcess | undefined {
  try {
    if (readlinkSync(`/proc/${pid}/ns/pid`) !== namespace) return undefined;
    const rollup = readFileSync(`/proc/${pid}/smaps_rollup`, "utf8");
    const field = (name: string): number => Number(new RegExp(`^${name}:\\s+(\\d+)`, "m").exec(rollup)?.[1] ?? 0);
    return { name: readFileSync(`/proc/${pid}/comm`, "utf8").trim(), rssKb: field("Rss"), pssKb: field("Pss") };
  } catch (error) {
    // Gone meanwhile, or a zombie, which has no memory.
    if (error instanceof Error && "code" in error && ["ENOENT", "ESRCH", "EACCES"].includes(String(error.code)))
      return undefined;
    throw error;
  }
}
