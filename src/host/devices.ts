import { readdirSync } from "node:fs";
import { join } from "node:path";
import { S_IFBLK, S_IFCHR, S_IFDIR, S_IFMT, statPath } from "./statx.ts";

/** A device node of the host. */
export type HostDevice = {
  readonly path: string;
  readonly type: "b" | "c";
  readonly major: number;
  readonly minor: number;
  readonly fileMode: number;
  readonly uid: number;
  readonly gid: number;
};

// Terminals and shared memory of the host's own stay out, as both peers leave them out.
const SKIPPED = new Set([
  "/dev/pts",
  "/dev/shm",
  "/dev/fd",
  "/dev/mqueue",
  "/dev/console",
  "/dev/.lxc",
  "/dev/.udev",
  "/dev/lxd-mounts",
]);

/** The device at a path; undefined where there is none, or it is no device. A link is not followed. */
export function readDevice(path: string): HostDevice | undefined {
  const status = statPath(path);
  if (status === undefined) return undefined;
  const kind = status.mode & S_IFMT;
  if (kind !== S_IFBLK && kind !== S_IFCHR) return undefined;
  return {
    path,
    type: kind === S_IFBLK ? "b" : "c",
    major: status.device.major,
    minor: status.device.minor,
    fileMode: status.mode & 0o777,
    uid: status.uid,
    gid: status.gid,
  };
}

/** Every device below a folder such as /dev. */
export function listDevices(folder: string): HostDevice[] {
  return readdirSync(folder).flatMap((name) => {
    const path = join(folder, name);
    if (SKIPPED.has(path)) return [];
    const status = statPath(path);
    if (status !== undefined && (status.mode & S_IFMT) === S_IFDIR) return listDevices(path);
    const device = readDevice(path);
    return device === undefined ? [] : [device];
  });
}
