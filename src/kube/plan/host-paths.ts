import type { Stats } from "node:fs";
import type { HostPathVolumeSource } from "kubernetes-types/core/v1";
import { type PlanContext, reject } from "./context.ts";
import type { HostPathPlan } from "./pod-plan.ts";

const KINDS: Readonly<Record<string, (stats: Stats) => boolean>> = {
  Directory: (stats) => stats.isDirectory(),
  DirectoryOrCreate: (stats) => stats.isDirectory(),
  File: (stats) => stats.isFile(),
  FileOrCreate: (stats) => stats.isFile(),
  Socket: (stats) => stats.isSocket(),
  CharDevice: (stats) => stats.isCharacterDevice(),
  BlockDevice: (stats) => stats.isBlockDevice(),
};

/** A path of the host that a pod mounts; a problem where it is not what its type says. */
export function hostPathOf(context: PlanContext, source: HostPathVolumeSource): HostPathPlan {
  const { path, type = "" } = source;
  const { made } = context;
  const wrong = (why: string, fix?: string): void =>
    reject(context, [source, "path"], `the hostPath "${path}": ${why}`, fix);
  const stats = context.facts.statOf(path);
  if (!path.startsWith("/")) reject(context, [source, "path"], `"${path}" is not an absolute path of the host`);
  else if (stats !== undefined) {
    if (KINDS[type]?.(stats) === false) wrong(`it is no ${type.replace("OrCreate", "")}`);
  } else if (type.endsWith("OrCreate")) made.push(path);
  else if (!made.some((other) => `${other}/`.startsWith(`${path.replace(/\/+$/, "")}/`)))
    wrong("there is nothing", type === "" ? "make it, or use type: DirectoryOrCreate" : undefined);
  return { path, type };
}
