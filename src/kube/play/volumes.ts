import { chmodSync, chownSync, closeSync, existsSync, mkdirSync, openSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Engine } from "../../engine/engine.ts";
import { createVolume } from "../../engine/volume/create.ts";
import { removeVolume } from "../../engine/volume/remove.ts";
import { EstibaError } from "../../lib/error.ts";
import { getVolume, listVolumes } from "../../state/volumes.ts";
import { volumeFolder } from "../../storage/volume.ts";
import type { ClaimPlan, FilePlan, HostPathPlan, PodPlan, VolumePlan } from "../plan/pod-plan.ts";
import { FILES_LABEL, GROUP_LABEL, POD_LABEL } from "./labels.ts";

/**
 * Makes a volume that lives as long as its pod, with its files. Always a new one: what a container of an earlier pod has put there is
 * neither seen nor followed. Throws `conflict` when a volume of that name is somebody else's.
 */
async function makePodVolume(engine: Engine, pod: string, plan: VolumePlan): Promise<void> {
  refuseForeignVolume(engine, plan.name, pod);
  if (getVolume(engine.store, plan.name) !== undefined) await removeVolume(engine, plan.name, { force: false });
  const options = plan.kind === "memory" ? { type: "tmpfs", device: "tmpfs", o: plan.options } : {};
  const labels = {
    [POD_LABEL]: pod,
    ...(plan.kind === "folder" && plan.files.length > 0 ? { [FILES_LABEL]: "" } : {}),
    ...(plan.gid === undefined ? {} : { [GROUP_LABEL]: String(plan.gid) }),
  };
  createVolume(engine, { name: plan.name, labels, options, ignore: false });
  if (plan.kind === "folder") fill(volumeFolder(engine.paths.root, plan.name), plan);
}

/** Throws `conflict` where the name of a pod's own volume is that of somebody else's. */
export function refuseForeignVolume(engine: Engine, name: string, pod: string): void {
  const there = getVolume(engine.store, name);
  if (there !== undefined && there.labels[POD_LABEL] !== pod) throw notOurs(name, pod);
}

function fill(folder: string, { files, gid, mode }: Extract<VolumePlan, { kind: "folder" }>): void {
  for (const file of files) writeFile(folder, file, gid);
  if (gid !== undefined) chownSync(folder, 0, gid);
  chmodSync(folder, mode);
}

// The folder is new, and ours alone until a container mounts it.
function writeFile(folder: string, { path, data, mode }: FilePlan, gid: number | undefined): void {
  const target = join(folder, path);
  mkdirSync(dirname(target), { recursive: true, mode: 0o755 });
  writeFileSync(target, data, { flag: "wx", mode });
  // Whatever our umask.
  chmodSync(target, mode);
  if (gid !== undefined) chownSync(target, 0, gid);
}

/** Removes the volumes that go with the pods meant, and gives their names. */
export async function removePodVolumes(engine: Engine, isMeant: (pod: string) => boolean): Promise<string[]> {
  const names = listVolumes(engine.store)
    .filter(({ labels }) => labels[POD_LABEL] !== undefined && isMeant(labels[POD_LABEL]))
    .map(({ name }) => name);
  for (const name of names) await removeVolume(engine, name, { force: false });
  return names;
}

/** Makes a claimed volume unless it is there; true when it was made. */
export async function makeClaim(engine: Engine, claim: ClaimPlan): Promise<boolean> {
  if (getVolume(engine.store, claim.name) !== undefined) return false;
  createVolume(engine, { name: claim.name, labels: claim.labels, options: claim.options, ignore: true });
  if (claim.importFrom !== undefined) {
    const { importVolume } = await import("../../engine/volume/archive.ts");
    await importVolume(engine, claim.name, Bun.file(claim.importFrom).stream());
  }
  return true;
}

/** Makes a path of the host that its type lets be made. */
function makeHostPath({ path, type }: HostPathPlan): void {
  if (!type.endsWith("OrCreate") || existsSync(path)) return;
  const folder = type === "DirectoryOrCreate" ? path : dirname(path);
  mkdirSync(folder, { recursive: true, mode: 0o755 });
  if (type === "FileOrCreate") closeSync(openSync(path, "a", 0o644));
}

function notOurs(name: string, pod: string): EstibaError {
  return new EstibaError("conflict", {
    reason: "kube.volume_in_use",
    what: `the pod "${pod}" needs a volume "${name}" of its own, and there is one of somebody else's`,
    fix: `rename the volume in the file, or remove it: estiba volume rm ${name}`,
  });
}

/** The volumes of a pod, and what it finds on the host. */
export async function makeStorage(engine: Engine, pod: PodPlan): Promise<void> {
  for (const path of pod.hostPaths) makeHostPath(path);
  for (const volume of pod.volumes) await makePodVolume(engine, pod.name, volume);
}
