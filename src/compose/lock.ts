import { join } from "node:path";
import type { Engine } from "../engine/engine.ts";
import { acquireLock, type Lock } from "../state/lock.ts";

/** Who makes and removes what a project is made of does so alone; nobody holds it while a container takes its time to become healthy. */
export async function lockProject(engine: Engine, project: string, signal: AbortSignal): Promise<Lock> {
  return await acquireLock(join(engine.paths.locks, `compose-${project}`), { signal, timeoutMs: PATIENCE_MS });
}

/** Pulling and stopping are slow. */
const PATIENCE_MS = 600_000;
