import { rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { folderNames } from "../host/folder-names.ts";
import { isMountPoint } from "../host/mount.ts";
import { endOwnNamespaces } from "../host/rootless/end.ts";
import { isEstibaError } from "../lib/error.ts";
import { networkRoot } from "../network/root-id.ts";
import { removeNetworkState } from "../network/teardown.ts";
import { listContainers } from "../state/containers.ts";
import { listVolumeFolders, removeVolumeFolder } from "../storage/volume.ts";
import { removeCgroups } from "./check/cgroups.ts";
import { checkContainers } from "./check/containers.ts";
import { checkProcesses } from "./check/processes.ts";
import { checkVolumes } from "./check/volumes.ts";
import type { Engine } from "./engine.ts";
import { endHelper, readProcessFile } from "./helper-process.ts";
import { imageMountIds, unmountImage } from "./image-mounts.ts";
import { readListening } from "./names/wake.ts";
import { removeContainer } from "./remove.ts";
import { cgroupParent } from "./runtime-places.ts";
import { dismissWatcher } from "./watcher/watch.ts";

/**
 * Takes away everything of this engine's roots: containers, images, volumes, networks, and what they left in the kernel. The engine's
 * databases are gone afterwards; do not use it again.
 */
export async function resetEngine(engine: Engine): Promise<void> {
  // Forgetting takes room, too, and this may be what is done about a full disk.
  for (const folder of [engine.paths.reserve, engine.paths.liveReserve])
    rmSync(folder, { recursive: true, force: true });
  await endNode(engine);
  await dismissWatcher(engine);
  const resolver = readListening(engine)?.process;
  if (resolver !== undefined) await endHelper(resolver);
  for (const { id } of listContainers(engine.store)) await removeAnyway(engine, id);
  for (const id of imageMountIds(engine)) await unmountImage(engine, id);
  for (const finding of [...(await checkProcesses(engine)), ...checkContainers(engine)]) await finding.repair?.();
  await removeVolumes(engine);
  removeNetworkState(networkRoot(engine.paths.runRoot), engine.store);
  await removeCgroups(cgroupParent(engine));
  engine.store.close();
  engine.live.close();
  for (const root of [engine.paths.root, engine.paths.runRoot]) removeOwnParts(engine, root);
  // Another root of a user may have containers in them: then they stay.
  await endOwnNamespaces();
}

// First: it would make its tasks' containers anew.
async function endNode(engine: Engine): Promise<void> {
  const node = readProcessFile(join(engine.paths.node, "pid"));
  if (node !== undefined) await endHelper(node);
}

// Before anything is deleted as a mere folder: nothing is deleted through a mount.
async function removeVolumes(engine: Engine): Promise<void> {
  for (const finding of checkVolumes(engine)) await finding.repair?.();
  for (const name of listVolumeFolders(engine.paths.root)) removeVolumeFolder(engine.paths.root, name);
}

async function removeAnyway(engine: Engine, id: string): Promise<void> {
  try {
    await removeContainer(engine, id, { force: true, volumes: true, dependents: "remove", withPod: true });
  } catch (error) {
    // It removed itself meanwhile.
    if (!isEstibaError(error, "not_found")) throw error;
  }
}

// The roots themselves may be folders that somebody else made, even with other things in them: only what is ours goes.
function removeOwnParts(engine: Engine, root: string): void {
  const own = Object.values(engine.paths).filter((path) => path !== root && path.startsWith(`${root}/`));
  for (const path of own) {
    for (const suffix of path.endsWith(".db") ? ["", "-wal", "-shm"] : [""])
      rmSync(path + suffix, { recursive: true, force: true });
  }
  for (const folder of [
    join(engine.paths.runRoot, "mounts"),
    join(engine.paths.runRoot, "runtime"),
    join(engine.paths.runRoot, "image-mounts"),
    dirname(engine.paths.events),
  ])
    rmSync(folder, { recursive: true, force: true });
  if (folderNames(root).length === 0 && !isMountPoint(root)) rmSync(root, { recursive: true, force: true });
}
