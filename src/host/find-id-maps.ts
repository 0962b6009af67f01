import { readdirSync, readFileSync, statSync } from "node:fs";
import { EstibaError } from "../lib/error.ts";
import { hasCode } from "../lib/has-code.ts";
import type { IdMaps, IdRange } from "./user-namespace.ts";

/**
 * The mapping of the user namespace at a path such as /proc/7/ns/user: the kernel tells it of processes only, so one that is in it is looked
 * for. Throws `not_found` for a path where no namespace is, and for a namespace without a process.
 */
export function findIdMaps(path: string): IdMaps {
  const wanted = statSync(path, { throwIfNoEntry: false });
  const pid = wanted === undefined ? undefined : readdirSync("/proc").find((name) => isIn(name, wanted));
  if (pid === undefined) {
    throw new EstibaError("not_found", {
      reason: "host.no_namespace",
      what: `there is no user namespace at "${path}", or no process in it`,
      fix: "name that of a process: ns:/proc/PID/ns/user",
    });
  }
  return { uids: readMap(`/proc/${pid}/uid_map`), gids: readMap(`/proc/${pid}/gid_map`) };
}

function isIn(pid: string, { ino, dev }: { ino: number; dev: number }): boolean {
  if (!/^\d+$/.test(pid)) return false;
  try {
    const own = statSync(`/proc/${pid}/ns/user`);
    return own.ino === ino && own.dev === dev;
  } catch (error) {
    if (hasCode(error, "ENOENT", "ESRCH", "EACCES")) return false;
    throw error;
  }
}

function readMap(path: string): IdRange[] {
  const lines = readFileSync(path, "latin1").trim().split("\n");
  return lines.map((line) => {
    const [inside = 0, outside = 0, size = 0] = line.trim().split(/\s+/).map(Number);
    return { inside, outside, size };
  });
}
