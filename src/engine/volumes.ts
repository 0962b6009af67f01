import { existsSync } from "node:fs";
import { join } from "node:path";
import type { IdMaps } from "../host/user-namespace.ts";
import type { ResolvedMount } from "../runtime/spec-mounts.ts";
import type { ContainerRecord } from "../state/container.ts";
import type { MountSpec } from "../state/spec/mounts.ts";
import { getVolume } from "../state/volumes.ts";
import type { Engine } from "./engine.ts";
import { hasDevice } from "./volume/options.ts";
import type { Travel } from "./volume/propagation.ts";

/** What mounts are prepared for. */
export type MountContext = {
  /** The container's mounted root, without any of these mounts. */
  readonly rootFd: number;
  /** Who its process is, in the container's own ids. */
  readonly user: () => { readonly uid: number; readonly gid: number };
  /** The mapping of its user namespace; undefined: the host's. */
  readonly idMaps?: IdMaps | undefined;
};

/** Mounts with their sources; disposed as soon as the runtime has made the container, which then holds what it needs. */
export type PreparedMounts = Disposable & { readonly mounts: readonly ResolvedMount[] };

/**
 * The host path of each mount. A volume's folder is made on first use, and while it is empty gets what the image has at the mount target.
 * What must be mounted on the host for it is: devices of volumes until the last container that uses them ends, all else until this is
 * disposed. The caller holds the container's lock and disposes, on failure too.
 */
export async function prepareMounts(
  engine: Engine,
  record: ContainerRecord,
  context: MountContext,
): Promise<PreparedMounts> {
  const travels = record.mounts.flatMap((mount) => travelOf(engine, mount));
  if (travels.length > 0) (await import("./volume/propagation.ts")).checkPropagation(travels);
  if (record.mounts.some((mount) => needsStage(engine, mount, context))) {
    const { stageMounts } = await import("./volume/stage.ts");
    return await stageMounts(engine, record, context);
  }
  const mounts: ResolvedMount[] = [];
  for (const mount of record.mounts) {
    mounts.push({ mount: ownMemory(mount, context), source: await plainSource(engine, mount, context) });
  }
  return { mounts, [Symbol.dispose]: () => {} };
}

/** Unmounts what the container's volumes had mounted and nobody needs any more, and what a start that was killed left staged. */
export async function freeMounts(engine: Engine, record: ContainerRecord): Promise<void> {
  if (existsSync(join(engine.paths.runRoot, "mounts", record.id))) {
    const { clearStage } = await import("./volume/stage.ts");
    clearStage(engine, record.id);
  }
  if (record.volumes.every(({ name }) => !hasDevice(getVolume(engine.store, name)))) return;
  const { releaseVolumes } = await import("./volume/device.ts");
  await releaseVolumes(engine, record);
}

/** A file system in memory that belongs to the container's user, by its options; any other mount as it is. */
export function ownMemory(mount: MountSpec, { user }: MountContext): MountSpec {
  if (mount.type !== "tmpfs" || mount.chown !== true) return mount;
  const { uid, gid } = user();
  return { ...mount, options: [...mount.options, `uid=${uid}`, `gid=${gid}`] };
}

function travelOf(engine: Engine, mount: MountSpec): Travel[] {
  if (mount.type !== "bind" && mount.type !== "volume") return [];
  const { propagation = "rprivate" } = mount;
  if (propagation.endsWith("private")) return [];
  const source = mount.type === "bind" ? mount.source : join(engine.paths.volumes, mount.source ?? "");
  return [{ source, propagation }];
}

function needsStage(engine: Engine, mount: MountSpec, { idMaps }: MountContext): boolean {
  switch (mount.type) {
    case "tmpfs":
    case "devpts":
      return false;
    case "image":
      return true;
    case "bind":
      return mount.createSource === true || changesSource(mount);
    case "volume":
      return idMaps !== undefined || changesSource(mount) || hasDevice(getVolume(engine.store, mount.source ?? ""));
  }
}

function changesSource(mount: Extract<MountSpec, { type: "bind" | "volume" }>): boolean {
  return (
    mount.chown === true || mount.idmap !== undefined || mount.subpath !== undefined || mount.overlay !== undefined
  );
}

async function plainSource(engine: Engine, mount: MountSpec, context: MountContext): Promise<string> {
  if (mount.type === "bind") return mount.source;
  if (mount.type !== "volume") return mount.type;
  return (await import("./volume/source.ts")).volumeSource(engine, mount, context);
}
