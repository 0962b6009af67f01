import { chownSync } from "node:fs";
import { EstibaError } from "../../lib/error.ts";
import type { VolumeMount } from "../../state/spec/mounts.ts";
import { getVolume } from "../../state/volumes.ts";
import { copyUp, isUntouched, volumeFolder } from "../../storage/volume.ts";
import type { Engine } from "../engine.ts";
import type { MountContext } from "../volumes.ts";
import { ownerOf, wantsCopy } from "./options.ts";

/** The path of a volume's data, with what it gets on first use. */
export function volumeSource(engine: Engine, mount: VolumeMount, context: MountContext): string {
  if (mount.source === undefined) throw unnamedVolume(mount.target);
  const source = volumeFolder(engine.paths.root, mount.source);
  const volume = getVolume(engine.store, mount.source);
  const outcome = mount.copy && wantsCopy(volume) ? copyUp(context.rootFd, mount.target, source) : "not asked for";
  const owner = outcome === "not empty" ? undefined : ownerOf(volume);
  if (owner !== undefined) chownSync(source, owner.uid, owner.gid);
  if (outcome !== "no folder" || owner !== undefined) return source;
  // Where the image has nothing, a volume that nobody has used belongs to who uses it first, as with Podman.
  if (isUntouched(source)) {
    const { uid, gid } = context.user();
    if (uid !== 0 || gid !== 0) chownSync(source, uid, gid);
  }
  return source;
}

function unnamedVolume(target: string): EstibaError {
  return new EstibaError("internal", {
    reason: "container.unnamed_volume",
    what: `the volume at ${target} has no name in its record`,
  });
}
