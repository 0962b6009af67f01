import { accessSync, constants, existsSync, readFileSync, statfsSync, writeFile } from "node:fs";
import { hasCode } from "../lib/has-code.ts";
import { makeFolders } from "./make-folders.ts";
import { IN_USER_NAMESPACE } from "./own-ids.ts";

const MOUNT = "/sys/fs/cgroup";
const CGROUP2_MAGIC = 0x63677270;
const TMPFS_MAGIC = 0x01021994;

/**
 * How the host mounts cgroups (systemd's names).
 * - `v2`: one hierarchy
 * - `hybrid`: v1 hierarchies beside a v2 one, which usually holds no controller
 * - `v1`: v1 hierarchies only
 * - `none`: nothing usable at /sys/fs/cgroup
 */
export type CgroupMode = "v1" | "hybrid" | "v2" | "none";

export type CgroupSetup = {
  readonly mode: CgroupMode;
  /** Where the v2 hierarchy is mounted, where there is one. */
  readonly unified: string | undefined;
  /** The controllers that the v2 hierarchy holds, such as `memory`; in hybrid mode usually none. */
  readonly unifiedControllers: readonly string[];
  /** True when swap can be limited and counted. */
  readonly swapAccounting: boolean;
};

const known: { mode: CgroupMode } = { mode: "none" };

/** The mode alone: one statfs on v2 hosts, two elsewhere, once for the host's own. */
export function readCgroupMode(mount: string = MOUNT): CgroupMode {
  if (mount !== MOUNT) return modeOf(mount);
  if (known.mode === "none") known.mode = modeOf(mount);
  return known.mode;
}

function modeOf(mount: string): CgroupMode {
  const type = fileSystemType(mount);
  if (type === CGROUP2_MAGIC) return "v2";
  if (type !== TMPFS_MAGIC) return "none";
  return fileSystemType(`${mount}/unified`) === CGROUP2_MAGIC ? "hybrid" : "v1";
}

/** Mode and controllers; two statfs, one read, one access: some tens of microseconds. */
export function readCgroupSetup(mount: string = MOUNT): CgroupSetup {
  const mode = readCgroupMode(mount);
  const unified = mode === "v2" ? mount : mode === "hybrid" ? `${mount}/unified` : undefined;
  return {
    mode,
    unified,
    unifiedControllers: unified === undefined ? [] : readWords(`${unified}/cgroup.controllers`),
    // The root of the v2 hierarchy has no memory files; there swap is accounted wherever the kernel has swap at all.
    swapAccounting: existsSync(mode === "v2" ? "/proc/swaps" : `${mount}/memory/memory.memsw.limit_in_bytes`),
  };
}

/**
 * Whether containers can have cgroups: always, but where we are root of a user namespace only and the host keeps its cgroups to itself. Then
 * they have neither limits nor figures, and end with their first process.
 */
export function canMakeCgroups(mode: CgroupMode = readCgroupMode()): boolean {
  return !IN_USER_NAMESPACE || isWritable(mode === "v2" ? MOUNT : `${MOUNT}/pids`);
}

function isWritable(folder: string): boolean {
  try {
    accessSync(folder, constants.W_OK);
    return true;
  } catch (error) {
    if (hasCode(error, "EACCES", "EPERM", "EROFS", "ENOENT")) return false;
    throw error;
  }
}

/** The v1 controllers that are mounted, by the kernel's names; empty on v2 hosts. */
export function readV1Controllers(): string[] {
  return readLines("/proc/self/cgroup")
    .map((line) => line.split(":")[1] ?? "")
    .flatMap((controllers) => controllers.split(","))
    .filter((name) => name !== "" && !name.startsWith("name="));
}

// Those through which the caller's limits or a freeze would reach a monitor; each attach costs, so not all of them.
const V1_HIERARCHIES = ["memory", "pids", "freezer", "systemd", "unified"];

/**
 * Puts a process into a cgroup of its own, made if need be, so that limits, a freeze or the end of the caller's cgroup do not reach it.
 * True when it was moved in every hierarchy that matters; false where this host or user does not allow it, which harms nothing.
 * Takes some 10 ms when no process was moved lately: the kernel waits for a grace period, off this thread.
 * @param path below the root of the hierarchy, such as `/estiba/conmon`
 */
export async function moveToCgroup(pid: number, path: string): Promise<boolean> {
  const mode = readCgroupMode();
  if (mode === "none") return false;
  const roots = mode === "v2" ? [MOUNT] : V1_HIERARCHIES.map((name) => `${MOUNT}/${name}`);
  const moves = roots.filter((root) => existsSync(root)).map((root) => moveWithin(root, path, pid));
  return (await Promise.all(moves)).every(Boolean);
}

/**
 * Tells the kernel that a process is going to be moved: a write that changes nothing makes it begin, off this thread, the grace period that
 * the first move after a while waits for (some 10 ms). Moves that follow within the same time need not wait. Nothing depends on it, and it never
 * fails.
 */
export async function announceMove(): Promise<void> {
  const mode = readCgroupMode();
  const wanted = mode === "v2" ? "" : "freezer";
  try {
    const path = mode === "none" ? undefined : ownCgroup(wanted);
    if (path === undefined) return;
    await enlist(`${MOUNT}/${wanted}${path}`, process.pid);
  } catch {
    // Nobody waits for this one: whatever stands in its way, the move itself will tell.
  }
}

// The line `NUMBER:CONTROLLERS:PATH` of one hierarchy (cgroups(7)). By hand: this comes before all else that a command does.
function ownCgroup(controllers: string): string | undefined {
  const text = readFileSync("/proc/self/cgroup", "latin1");
  const mark = `:${controllers}:`;
  const at = text.indexOf(mark);
  if (at < 0) return undefined;
  const end = text.indexOf("\n", at);
  return text.slice(at + mark.length, end < 0 ? text.length : end);
}

async function moveWithin(root: string, path: string, pid: number): Promise<boolean> {
  return await attempt(async () => {
    makeFolders(`${root}${path}`, 0o755);
    await enlist(`${root}${path}`, pid);
  });
}

// The callback form: the promises of node:fs are a module of their own, whose loading costs more than the write.
function enlist(cgroup: string, pid: number): Promise<void> {
  return new Promise((resolve, reject) => {
    writeFile(`${cgroup}/cgroup.procs`, String(pid), (error) => (error === null ? resolve() : reject(error)));
  });
}

async function attempt(work: () => Promise<void>): Promise<boolean> {
  try {
    await work();
    return true;
  } catch (error) {
    // Not ours to write (rootless, read-only, delegated elsewhere), or the process or the cgroup is gone already.
    if (hasCode(error, "EACCES", "EPERM", "EROFS", "ENOENT", "ENODEV", "ESRCH", "EBUSY", "EOPNOTSUPP")) return false;
    throw error;
  }
}

function fileSystemType(path: string): number | undefined {
  try {
    return statfsSync(path).type;
  } catch (error) {
    if (hasCode(error, "ENOENT", "ENOTDIR", "EACCES")) return undefined;
    throw error;
  }
}

function readWords(path: string): string[] {
  return readLines(path).flatMap((line) => line.split(" "));
}

function readLines(path: string): string[] {
  try {
    return readFileSync(path, "latin1")
      .split("\n")
      .filter((line) => line !== "");
  } catch (error) {
    if (hasCode(error, "ENOENT", "EACCES")) return [];
    throw error;
  }
}
