import { statSync } from "node:fs";
import { posix } from "node:path";
import { copyPath } from "../../engine/copy/copy.ts";
import type { Engine } from "../../engine/engine.ts";
import { isUp } from "../../engine/status.ts";
import { isEstibaError } from "../../lib/error.ts";
import { runHook } from "../apply/hooks.ts";
import { projectContainers } from "../apply/world.ts";
import { LABELS } from "../plan/names.ts";

type Synced = { readonly service: string; readonly path: string; readonly target: string };

/** The running replicas of a service, by id. */
export function runningReplicas(engine: Engine, project: string, service: string): string[] {
  return projectContainers(engine, project)
    .filter((container) => isUp(container) && container.record.labels[LABELS.service] === service)
    .filter(({ record }) => record.labels[LABELS.oneOff] !== "True" && record.labels[LABELS.hook] === undefined)
    .map(({ record }) => record.id);
}

/** Brings a file or folder into every replica of its service as it is now; one that is gone goes there, too. */
export async function syncPath(
  engine: Engine,
  project: string,
  { service, path, target }: Synced,
  signal: AbortSignal,
): Promise<void> {
  const there = statSync(path, { throwIfNoEntry: false }) !== undefined;
  for (const id of runningReplicas(engine, project, service)) {
    const exec = async (...command: string[]): Promise<void> =>
      void (await runHook(engine, id, { command }, { name: service, signal }));
    if (!there) {
      await exec("rm", "-rf", target);
      continue;
    }
    const copy = async (): Promise<void> =>
      await copyPath(
        engine,
        { path: sourceOf(path) },
        { container: id, path: target },
        { archive: true, overwrite: true, follow: false },
      );
    try {
      await copy();
    } catch (error) {
      if (!isEstibaError(error, "not_found")) throw error;
      await exec("mkdir", "-p", statSync(path).isDirectory() ? target : posix.dirname(target));
      await copy();
    }
  }
}

// What is in a folder goes into the folder of that name, not below it.
function sourceOf(path: string): string {
  return statSync(path).isDirectory() ? `${path}/.` : path;
}
