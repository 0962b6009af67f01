import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync } from "node:fs";
import { basename, join } from "node:path";
import { output } from "./process.ts";

const CGROUPS = "/sys/fs/cgroup";

/** Folders that the peers write to whatever roots they are given: empty ones are mounted over them. */
const COVERED: readonly string[] = ["/etc/docker", "/etc/containers/networks", "/var/lib/containers"];

/**
 * The words before a command that runs it as a small machine of its own: mounts, network and process numbers are its own, and all of
 * them end with it. It ends with whoever started it, even where that was killed. A shell is its first process, because orphans must be
 * reaped there.
 */
export const OWN_MACHINE: readonly string[] = [
  ..."setpriv --pdeathsig KILL unshare --mount --net --pid --fork --kill-child --mount-proc sh -c".split(" "),
  '"$@" & wait $!',
  "sh",
];

/** Called first inside the namespaces: a loopback, a /sys that shows this network, an empty /run, and cgroups that crun accepts. */
export function prepareInside(folder: string): void {
  const env = { PATH: process.env["PATH"] ?? "" };
  const run = (...argv: string[]): string => output({ env }, argv);
  const cgroups = join(folder, "cgroup");
  mkdirSync(cgroups);
  run("ip", "link", "set", "lo", "up");
  run("mount", "--rbind", CGROUPS, cgroups);
  run("mount", "-t", "sysfs", "sysfs", "/sys");
  run("mount", "--rbind", cgroups, CGROUPS);
  run("mount", "-t", "tmpfs", "-o", "mode=755", "tmpfs", "/run");
  for (const path of COVERED) run("mount", "-t", "tmpfs", "tmpfs", path);
  // crun refuses hybrid cgroups while version 2 still holds a controller: a version 1 mount takes it, for as long as we live.
  const unified = join(CGROUPS, "unified/cgroup.controllers");
  const held = existsSync(unified) ? readFileSync(unified, "utf8").split(/\s+/).filter(Boolean) : [];
  for (const controller of held) {
    const target = join(folder, `cgroup-${controller}`);
    mkdirSync(target);
    run("mount", "-t", "cgroup", "-o", controller, "cgroup", target);
  }
}

/** Makes the folders that are going to be covered, where they are missing; disposing removes those again. */
export function makeCovered(): Disposable {
  const made = COVERED.filter((path) => mkdirSync(path, { recursive: true }) !== undefined);
  return {
    [Symbol.dispose]() {
      for (const path of made) rmdirSync(path);
    },
  };
}

/** The cgroups that exist now, by path, as deep as a peer's own top folder. */
export function listCgroups(): ReadonlySet<string> {
  const tops = existsSync(join(CGROUPS, "cgroup.controllers")) ? [CGROUPS] : folders(CGROUPS);
  return new Set(tops.flatMap(folders));
}

/**
 * Removes what the peers left empty: cgroups are the one thing that does not end with the namespaces. Processes that are just being
 * killed still hold theirs for a moment; what is held for two seconds is someone else's.
 */
export async function removeNewCgroups(before: ReadonlySet<string>, names: readonly string[]): Promise<void> {
  const isOurs = (path: string): boolean => !before.has(path) && names.includes(basename(path));
  for (let attempt = 0; attempt < 20; attempt += 1) {
    const ours = [...listCgroups()].filter(isOurs);
    for (const path of ours) removeEmpty(path);
    if (ours.length === 0) return;
    await Bun.sleep(100);
  }
}

function folders(path: string): string[] {
  return readdirSync(path, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => join(path, name));
}

function removeEmpty(path: string): void {
  for (const child of folders(path)) removeEmpty(child);
  try {
    rmdirSync(path);
  } catch (error) {
    // A process lives in it still.
    if (!(error instanceof Error && "code" in error && error.code === "EBUSY")) throw error;
  }
}
