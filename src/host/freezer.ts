import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { hasCode } from "../lib/has-code.ts";
import { readProcFile } from "./process.ts";

const MOUNT = "/sys/fs/cgroup";

/**
 * Whether a process is held by the freezer of its cgroup (v1: freezer.state; v2: cgroup.freeze); on its way there counts. Undefined where
 * that cannot be told: no such process, or no freezer here.
 */
export function isFrozen(pid: number): boolean | undefined {
  const lines = readProcFile(pid, "cgroup").split("\n");
  const v1 = lines
    .map((line) => /^\d+:([^:]*):(.*)$/.exec(line))
    .find((match) => match?.[1]?.split(",").includes("freezer"));
  if (v1 !== undefined && v1 !== null) {
    const state = readSmallFile(`${MOUNT}/freezer${v1[2]}/freezer.state`);
    return state === undefined ? undefined : state !== "THAWED";
  }
  const unified = /^0::(.*)$/m.exec(lines.join("\n"))?.[1];
  const frozen = unified === undefined ? undefined : readSmallFile(`${MOUNT}${unified}/cgroup.freeze`);
  return frozen === undefined ? undefined : frozen === "1";
}

/** Lets what the freezer of cgroup v1 holds in a cgroup go on: it keeps even SIGKILL from a process. Nothing happens where there is none. */
export function thawFolder(cgroup: string): void {
  const file = `${cgroup}/freezer.state`;
  if (readSmallFile(file) !== "THAWED" && existsSync(file)) writeFileSync(file, "THAWED");
}

function readSmallFile(path: string): string | undefined {
  try {
    return readFileSync(path, "latin1").trim();
  } catch (error) {
    if (hasCode(error, "ENOENT", "EACCES", "ENODEV")) return undefined;
    throw error;
  }
}
