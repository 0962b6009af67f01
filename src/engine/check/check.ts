import type { Engine } from "../engine.ts";
import { checkCgroups } from "./cgroups.ts";
import { checkContainers } from "./containers.ts";
import { checkDatabases } from "./databases.ts";
import type { Finding } from "./finding.ts";
import { checkImages } from "./images.ts";
import { checkNetwork } from "./network.ts";
import { checkProcesses } from "./processes.ts";
import { checkRuntimeStates } from "./runtime-states.ts";
import { checkVolumes } from "./volumes.ts";

type CheckOptions = {
  /** Leave the contents of blobs unread. */
  readonly quick: boolean;
};

/**
 * Holds everything on disk and in the kernel against the databases, and yields what does not fit, each with its repair. Reads only, but for
 * lock files of containers that are gone. Safe
 * while other commands run: what one is working on at this moment is left alone.
 */
export async function* checkEngine(engine: Engine, options: CheckOptions): AsyncGenerator<Finding> {
  yield* checkDatabases(engine);
  yield* checkProcesses(engine);
  yield* checkContainers(engine);
  yield* checkRuntimeStates(engine);
  yield* checkCgroups(engine);
  yield* checkNetwork(engine);
  yield* checkVolumes(engine);
  yield* checkImages(engine, options);
}
