import { existsSync } from "node:fs";
import { join } from "node:path";
import { isMountPoint, unmountDetached } from "../../host/mount.ts";
import { EstibaError } from "../../lib/error.ts";
import type { ContainerRecord } from "../../state/container.ts";
import { getState, listContainers } from "../../state/containers.ts";
import { acquireLock, type Lock } from "../../state/lock.ts";
import { findVolume, getVolume, type VolumeRecord } from "../../state/volumes.ts";
import { volumeFolder } from "../../storage/volume.ts";
import type { Engine } from "../engine.ts";
import { isHeld, isHeldForNow } from "../held.ts";
import { hasProcess, observe } from "../status.ts";
import { hasDevice, mountWords } from "./options.ts";

/** Excludes all who mount, unmount or remove this volume. Order: container before volume. */
export async function lockVolume(engine: Engine, name: string): Promise<Lock> {
  return await acquireLock(join(engine.paths.locks, `volume-${name}`));
}

/**
 * Mounts what a volume's options name at its data folder, unless it is mounted already, and gives that folder. The caller has written
 * down before that a container which uses it starts, or holds it by hand. A volume without a device: its folder, as it is. Throws
 * `unavailable` with the words of mount(8), `not_found`.
 */
export async function mountVolume(engine: Engine, volume: VolumeRecord): Promise<string> {
  const source = mountWords(volume);
  if (source === undefined) return volumeFolder(engine.paths.root, volume.name);
  using _ = await lockVolume(engine, volume.name);
  // It may have been removed while another had the lock: nothing is mounted where no record knows of it.
  findVolume(engine.store, volume.name);
  const data = volumeFolder(engine.paths.root, volume.name);
  if (isMountPoint(data)) return data;
  // An image of a file system, or NFS, needs more than one system call: mount(8) and its helpers know how.
  const child = spawnMount([...source, data]);
  const [stderr, code] = await Promise.all([new Response(child.stderr).text(), child.exited]);
  if (code === 0) return data;
  throw new EstibaError("unavailable", {
    reason: "volume.mount_failed",
    what: `cannot mount the device "${source.at(-1)}" of volume "${volume.name}"`,
    cause: new Error(stderr.trim().replaceAll(data, volume.name) || `mount ended with ${code}`),
    fix: missingHelper(volume) ?? `see what it is made of: estiba volume inspect ${volume.name}`,
  });
}

// mount(8) says "unknown file system" where only its helper is missing.
function missingHelper({ options }: VolumeRecord): string | undefined {
  const type = options?.["type"] ?? "";
  const packageName = HELPERS[type];
  if (packageName === undefined || existsSync(`/sbin/mount.${type}`)) return undefined;
  return `install what mounts it: apt-get install ${packageName}`;
}

const HELPERS: Readonly<Record<string, string>> = { nfs: "nfs-common", nfs4: "nfs-common", cifs: "cifs-utils" };

/** Unmounts a volume's device if no container uses it and nobody holds it by hand; tells whether it did. */
export async function releaseVolume(engine: Engine, name: string): Promise<boolean> {
  using lock = await lockVolume(engine, name);
  const data = join(engine.paths.volumes, name, "_data");
  const wasMounted = isMountPoint(data) && !isNeeded(engine, name);
  while (!isNeeded(engine, name) && unmountDetached(data));
  if (getVolume(engine.store, name) === undefined) lock.discard();
  return wasMounted;
}

/** {@link releaseVolume} for all that a container used which has ended, or did not start. Only volumes with a device. */
export async function releaseVolumes(engine: Engine, record: Pick<ContainerRecord, "volumes">): Promise<void> {
  for (const { name } of record.volumes) {
    if (hasDevice(getVolume(engine.store, name))) await releaseVolume(engine, name);
  }
}

/** Whether the volume's device must stay mounted: derived at each question from what runs, so that no count can be wrong. */
export function isNeeded(engine: Engine, name: string): boolean {
  const folder = join(engine.paths.volumes, name);
  if (isHeld(folder) || isHeldForNow(folder)) return true;
  return usersOf(engine, name).some((record) => isUp(engine, record));
}

/** The containers that have the volume, running or not. */
export function usersOf(engine: Engine, name: string): ContainerRecord[] {
  return listContainers(engine.store).filter(({ volumes }) => volumes.some((volume) => volume.name === name));
}

/** Whether a container runs, or is being started: its volumes must stay mounted. */
export function isUp(engine: Engine, record: ContainerRecord): boolean {
  const state = getState(engine.live, record.id);
  return state?.status === "starting" || hasProcess(observe(engine, record, state));
}

function spawnMount(words: readonly string[]): Bun.Subprocess<"ignore", "ignore", "pipe"> {
  const program = Bun.which("mount", { PATH: "/usr/bin:/bin:/usr/sbin:/sbin" });
  if (program !== null) {
    return Bun.spawn([program, ...words], { cwd: "/", stdin: "ignore", stdout: "ignore", stderr: "pipe" });
  }
  throw new EstibaError("unsupported", {
    reason: "volume.no_mount_program",
    what: "a volume with a device needs the program mount, which is not installed",
    fix: "install it: apt-get install mount",
  });
}
