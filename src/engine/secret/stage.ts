import { chmodSync, chownSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { kernelIsBefore } from "../../host/kernel-version.ts";
import { MS, mountFileSystem } from "../../host/mount.ts";
import { hostId, type IdMaps } from "../../host/user-namespace.ts";
import type { ResolvedMount } from "../../runtime/spec-mounts.ts";
import type { ContainerRecord } from "../../state/container.ts";
import type { SecretMount } from "../../state/spec/secrets.ts";
import type { Engine } from "../engine.ts";
import { clearStage, stageFolder } from "../volume/stage.ts";
import { secretData } from "./use.ts";

const PLACE = "secrets";

/**
 * The files of a container's secrets, on a file system in memory of the container's own. It is seen on the host until `staged` is disposed;
 * from then on the container alone has it, and it goes with the container. The caller holds the container's lock. Throws `corrupt`.
 */
export function stageSecrets(engine: Engine, record: ContainerRecord, staged: DisposableStack): ResolvedMount[] {
  const uses = (record.spec.secrets ?? []).flatMap((use) => (use.type === "mount" ? use : []));
  if (uses.length === 0) return [];
  const folder = join(stageFolder(engine, record.id), PLACE);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  staged.defer(() => void clearStage(engine, record.id));
  mountMemory(folder);
  return uses.map((use, index): ResolvedMount => {
    const source = join(folder, String(index));
    writeFileSync(source, secretData(engine, use), { mode: 0o600 });
    giveTo(source, use, record.idMaps);
    const place = { target: use.target, readOnly: true, propagation: "rprivate", recursive: false };
    return { mount: { type: "bind", source, ...place, flags: ["noexec", "nosuid", "nodev"] }, source };
  });
}

// Secrets are not to reach a disk: not by swapping either, where the kernel can be told (Linux 6.4).
function mountMemory(target: string): void {
  const options = kernelIsBefore(6, 4) ? ["mode=0700"] : ["mode=0700", "noswap"];
  const flags = MS.NOSUID | MS.NODEV | MS.NOEXEC;
  mountFileSystem({ type: "tmpfs", source: "tmpfs", target, flags, data: options.join(",") });
}

function giveTo(path: string, { uid, gid, mode }: SecretMount, maps: IdMaps | undefined): void {
  if (maps === undefined) chownSync(path, uid, gid);
  else chownSync(path, hostId(maps.uids, uid), hostId(maps.gids, gid));
  chmodSync(path, mode);
}
