import { EstibaError } from "../lib/error.ts";
import type { ResolvedMount } from "../runtime/spec-mounts.ts";
import type { ContainerRecord } from "../state/container.ts";
import { copyUp, volumeFolder } from "../storage/volume.ts";
import type { Engine } from "./engine.ts";

/**
 * The host path of each mount. A volume's folder is made on first use, and while it is empty gets what the image has at the mount target.
 * `rootFd` is the container's mounted root, without any of these mounts.
 */
export function resolveMounts(engine: Engine, record: ContainerRecord, rootFd: number): ResolvedMount[] {
  return record.mounts.map((mount): ResolvedMount => {
    if (mount.type === "tmpfs") return { mount, source: "tmpfs" };
    if (mount.type === "bind") return { mount, source: mount.source };
    if (mount.source === undefined) throw unnamedVolume(mount.target);
    const source = volumeFolder(engine.paths.root, mount.source);
    if (mount.copy) copyUp(rootFd, mount.target, source);
    return { mount, source };
  });
}

function unnamedVolume(target: string): EstibaError {
  return new EstibaError("internal", {
    reason: "container.unnamed_volume",
    what: `the volume at ${target} has no name in its record`,
  });
}
