import { readFileSync, realpathSync } from "node:fs";
import { unescapeMountPath } from "../../host/mount.ts";
import { EstibaError } from "../../lib/error.ts";
import { hasCode } from "../../lib/has-code.ts";

/** A source on the host, and how mounts are to travel between it and the container. */
export type Travel = { readonly source: string; readonly propagation: string };

/**
 * Refuses a propagation that the source cannot give: `shared` needs a shared mount on the host, `slave` one that is shared or a slave itself
 * (mount_namespaces(7)). Throws `invalid`.
 */
export function checkPropagation(travels: readonly Travel[]): void {
  for (const travel of travels) {
    const source = realPath(travel.source);
    if (source === undefined) continue;
    const { point, fields } = mountOf(source);
    const isShared = fields.some((field) => field.startsWith("shared:"));
    const isSlave = fields.some((field) => field.startsWith("master:"));
    if (isShared || (isSlave && travel.propagation.endsWith("slave"))) continue;
    throw cannotTravel(travel, point);
  }
}

// A missing source is told of by who mounts it.
function realPath(path: string): string | undefined {
  try {
    return realpathSync(path);
  } catch (error) {
    if (hasCode(error, "ENOENT", "ENOTDIR")) return undefined;
    throw error;
  }
}

/** The mount that a path lies on: the last one on the longest mount point above it. Source: proc_pid_mountinfo(5). */
function mountOf(path: string): { point: string; fields: string[] } {
  let found = { point: "", fields: [] as string[] };
  for (const line of readFileSync("/proc/self/mountinfo", "utf8").trimEnd().split("\n")) {
    const [head = ""] = line.split(" - ");
    const words = head.split(" ");
    const point = unescapeMountPath(words[4] ?? "");
    const above = point === "/" || path === point || path.startsWith(`${point}/`);
    if (above && point.length >= found.point.length) found = { point, fields: words.slice(6) };
  }
  return found;
}

function cannotTravel({ source, propagation }: Travel, point: string): EstibaError {
  const kind = propagation.endsWith("shared") ? "a shared" : "a shared or slave";
  return new EstibaError("invalid", {
    reason: "container.private_source",
    what: `path ${source} is mounted on ${point} but it is not ${kind} mount`,
    fix: `make it one first: mount --make-rshared ${point}`,
  });
}
