import type { HostPathVolumeSource } from "kubernetes-types/core/v1";
import { type PlanContext, reject } from "./context.ts";
import type { HostPathPlan } from "./pod-plan.ts";

const KINDS: Readonly<Record<string, (mode: number) => boolean>> = {
  Directory: (mode) => (mode & 0o170_000) === 0o040_000,
  DirectoryOrCreate: (mode) => (mode & 0o170_000) === 0o040_000,
  File: (mode) => (mode & 0o170_000) === 0o100_000,
  FileOrCreate: (mode) => (mode & 0o170_000) === 0o100_000,
  Socket: (mode) => (mode & 0o170_000) === 0o140_000,
  CharDevice: (mode) => (mode & 0o170_000) === 0o020_000,
  BlockDevice: (mode) => (mode & 0o170_000) === 0o060_000,
};

/** A path of the host that a pod mounts; a problem where it is not what its type says. */
export function hostPathOf(context: PlanContext, source: HostPathVolumeSource): HostPathPlan {
  const { path, type = "" } = source;
  const { made } = context;
  const wrong = (why: string, fix?: string): void =>
    reject(context, [source, "path"], `the hostPath "${path}": ${why}`, fix);
  const mode = context.facts.modeOf(path);
  if (!path.startsWith("/")) reject(context, [source, "path"], `"${path}" is not an absolute path of the host`);
  else if (mode !== undefined) {
    if (KINDS[type]?.(mode) === false) wrong(`it is no ${type.replace("OrCreate", "")}`);
  } else if (type.endsWith("OrCreate")) made.push(path);
  else if (!made.some((other) => `${other}/`.startsWith(`${path.replace(/\/+$/, "")}/`)))
    wrong("there is nothing", type === "" ? "make it, or use type: DirectoryOrCreate" : undefined);
  return { path, type };
}
