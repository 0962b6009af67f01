import { join } from "node:path";
import type { Engine } from "./engine.ts";

/** Where the exec sessions of a container lie that have a monitor; there only while, or since, it has had one in this run. */
export function sessionsFolder(engine: Engine, containerId: string): string {
  return join(engine.paths.bundles, containerId, "exec");
}
