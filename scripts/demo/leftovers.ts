import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { networkRoot } from "../../src/network/root-id.ts";

const CGROUPS = "/sys/fs/cgroup";

/** What still carries the demo's folder, or a name made from its run root: processes, mounts, links, nft tables, cgroups. */
export function findLeftovers(folder: string, runRoot: string): string[] {
  const { id, bridgeName, table } = networkRoot(runRoot);
  const mounts = readFileSync("/proc/self/mountinfo", "utf8").split("\n");
  const tables = Bun.spawnSync(["nft", "list", "tables"]).stdout.toString().split("\n");
  const cgroups = ["", ...readdirSync(CGROUPS)].map((hierarchy) => join(CGROUPS, hierarchy, `estiba-${id}`));
  const processes = readdirSync("/proc").filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid);
  return [
    ...mounts.filter((line) => line.includes(folder)),
    ...readdirSync("/sys/class/net").filter((name) => name === bridgeName),
    ...tables.filter((line) => line.endsWith(` ${table}`)),
    ...cgroups.filter((path) => existsSync(path)),
    ...processes.map((pid) => `process ${pid}: ${commandLine(pid)}`).filter((line) => line.includes(folder)),
  ];
}

function commandLine(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ");
  } catch (error) {
    // It has ended meanwhile.
    if (error instanceof Error && "code" in error && ["ENOENT", "ESRCH"].includes(String(error.code))) return "";
    throw error;
  }
}
