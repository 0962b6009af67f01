import { listDamaged } from "../../state/container-row.ts";
import { isStoreLost } from "../../state/store.ts";
import type { Engine } from "../engine.ts";
import { checkCgroups } from "./cgroups.ts";
import { checkContainers } from "./containers.ts";
import { checkDatabases } from "./databases.ts";
import { checkExecSessions } from "./exec-sessions.ts";
import type { Finding } from "./finding.ts";
import { checkImageMounts } from "./image-mounts.ts";
import { checkImages } from "./images.ts";
import { checkNames } from "./names.ts";
import { checkNetwork } from "./network.ts";
import { checkNode } from "./node.ts";
import { checkPods } from "./pods.ts";
import { checkProcesses } from "./processes.ts";
import { checkRuntimeStates } from "./runtime-states.ts";
import { checkSecrets } from "./secrets.ts";
import { checkVolumes } from "./volumes.ts";
import { checkWatcher } from "./watcher.ts";

type CheckOptions = {
  /** Leave the contents of blobs unread. */
  readonly quick: boolean;
};

/**
 * Holds everything on disk and in the kernel against the databases, and yields what does not fit, each with its repair. Reads only, but for
 * lock files of containers that are gone. Safe while other commands run: what one is working on at this moment is left alone. When the
 * durable database itself was lost, what lies on disk is named and left: it is all there is.
 */
export async function* checkEngine(engine: Engine, options: CheckOptions): AsyncGenerator<Finding> {
  yield* checkDatabases(engine);
  const lost = isStoreLost(engine.store, engine.paths);
  if (lost) yield lostStore(engine);
  yield* await checkProcesses(engine);
  yield* kept(checkContainers(engine), lost);
  yield* kept(checkPods(engine), lost);
  yield* await checkWatcher(engine);
  yield* checkNode(engine);
  yield* checkExecSessions(engine);
  yield* checkRuntimeStates(engine);
  yield* checkCgroups(engine);
  yield* await checkNetwork(engine);
  yield* await checkNames(engine);
  // With a record that cannot be read, nobody knows what is used by none.
  if (listDamaged(engine.store).length === 0) {
    yield* checkVolumes(engine);
    yield* kept(await checkSecrets(engine), lost);
  }
  yield* await checkImageMounts(engine);
  for await (const finding of checkImages(engine, options)) yield* kept([finding], lost);
}

function lostStore(engine: Engine): Finding {
  return {
    kind: "database",
    what: `${engine.paths.store} is not the database that the folders beside it belong to: put that one back (docs/recovery.md)`,
    repair: undefined,
  };
}

function kept(findings: readonly Finding[], lost: boolean): Finding[] {
  return findings.map((finding) => (lost ? { ...finding, repair: undefined } : finding));
}
