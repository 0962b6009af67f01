import { readdirSync, readFileSync } from "node:fs";
import { hasCode } from "../lib/has-code.ts";
import { readCgroupMode, readV1Controllers } from "./cgroup-mode.ts";
import { folderNames } from "./folder-names.ts";
import { readProcFile } from "./process.ts";

const MOUNT = "/sys/fs/cgroup";

/** Where a process's cgroup lies in each hierarchy that counts. */
export type CgroupFolders = {
  /** Of the v2 hierarchy; undefined where v1 holds the controllers. */
  readonly unified: string | undefined;
  /** By v1 controller, such as `memory`. */
  readonly v1: ReadonlyMap<string, string>;
};

/** Reads /proc/PID/cgroup; empty for a process that is gone. */
export function cgroupFoldersOf(pid: number): CgroupFolders {
  const entries = readProcFile(pid, "cgroup")
    .split("\n")
    .flatMap((line) => {
      const [, controllers, path] = /^\d+:([^:]*):(.*)$/.exec(line) ?? [];
      return controllers === undefined || path === undefined ? [] : [{ controllers, path }];
    });
  const v2 = readCgroupMode() === "v2" ? entries.find(({ controllers }) => controllers === "")?.path : undefined;
  const v1 = entries.flatMap(({ controllers, path }) =>
    controllers
      .split(",")
      .filter((name) => name !== "" && !name.startsWith("name="))
      .map((name): [string, string] => [name, `${MOUNT}/${name}${path}`]),
  );
  return { unified: v2 === undefined ? undefined : `${MOUNT}${v2}`, v1: new Map(v1) };
}

/** The roots of the hierarchies that this host has. */
export function cgroupHierarchies(): string[] {
  if (readCgroupMode(MOUNT) === "v2") return [MOUNT];
  return folderNames(MOUNT).map((name) => `${MOUNT}/${name}`);
}

/** Where the cgroup of a path lies in each hierarchy that counts. */
export function cgroupFoldersAt(path: string): CgroupFolders {
  if (readCgroupMode() === "v2") return { unified: `${MOUNT}${path}`, v1: new Map() };
  return { unified: undefined, v1: new Map(readV1Controllers().map((name) => [name, `${MOUNT}/${name}${path}`])) };
}

/** The processes of a cgroup and of those below it; none for one that is gone. */
export function processesBelow(folder: string): number[] {
  const own = readCgroupFile(folder, "cgroup.procs") ?? "";
  const below = subfolders(folder).flatMap((name) => processesBelow(`${folder}/${name}`));
  return [
    ...own
      .split("\n")
      .filter((line) => line !== "")
      .map(Number),
    ...below,
  ];
}

/** A file of a cgroup; undefined when it is not there, or the controller does not answer. */
export function readCgroupFile(folder: string, file: string): string | undefined {
  try {
    return readFileSync(`${folder}/${file}`, "latin1");
  } catch (error) {
    if (hasCode(error, "ENOENT", "ENODEV", "EOPNOTSUPP", "EACCES")) return undefined;
    throw error;
  }
}

function subfolders(folder: string): string[] {
  try {
    return readdirSync(folder, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map(({ name }) => name);
  } catch (error) {
    if (hasCode(error, "ENOENT", "ENODEV")) return [];
    throw error;
  }
}
