import type { Engine } from "../../engine/engine.ts";
import { removePod } from "../../engine/pod/remove.ts";
import { stopPod } from "../../engine/pod/stop.ts";
import { removeSecret } from "../../engine/secret/remove.ts";
import { removeVolume } from "../../engine/volume/remove.ts";
import { isEstibaError } from "../../lib/error.ts";
import { listPods } from "../../state/pods.ts";
import { listSecrets } from "../../state/secrets.ts";
import { getVolume } from "../../state/volumes.ts";
import type { ReadObject } from "../schema/objects.ts";
import { removeIdleNetwork } from "./hold-network.ts";
import { SECRET_LABEL } from "./labels.ts";
import { removePodVolumes } from "./volumes.ts";

/** What was taken down. */
export type TakenDown = {
  readonly stopped: readonly string[];
  readonly removed: readonly string[];
  readonly secrets: readonly string[];
  readonly volumes: readonly string[];
};

/**
 * Stops and removes the pods of a file's objects, with the volumes that lived as long as they, and its secrets; with `force` the claimed
 * volumes too. What is not there is no error. The network of pods goes with the last of them.
 */
export async function takeDown(
  engine: Engine,
  objects: readonly ReadObject[],
  { force }: { readonly force: boolean },
): Promise<TakenDown> {
  const pods = listPods(engine.store).filter(({ name }) => isOf(objects, name));
  for (const { id } of pods) await unlessGone(() => stopPod(engine, id));
  for (const { id } of pods) await unlessGone(() => removePod(engine, id, { force: true }));
  // Those of a pod whose removal was cut off, too.
  const owned = await removePodVolumes(engine, (pod) => isOf(objects, pod));
  const secrets = removeSecrets(engine, objects);
  const claims = objects.filter(
    ({ kind, name }) => kind === "PersistentVolumeClaim" && getVolume(engine.store, name) !== undefined,
  );
  if (force) for (const { name } of claims) await removeVolume(engine, name, { force: false });
  await removeIdleNetwork(engine);
  const ids = pods.map(({ id }) => id);
  return { stopped: ids, removed: ids, secrets, volumes: [...owned, ...(force ? claims.map(({ name }) => name) : [])] };
}

/** Whether a pod of this name is one of a file's objects: a Deployment may have had more replicas when it was played. */
function isOf(objects: readonly ReadObject[], pod: string): boolean {
  return objects.some(({ kind, name }) => {
    if (kind === "Pod") return pod === name;
    const workload = kind === "Deployment" || kind === "DaemonSet" || kind === "Job";
    return workload && pod.startsWith(`${name}-pod`) && /^(-\d+)?$/.test(pod.slice(name.length + "-pod".length));
  });
}

function removeSecrets(engine: Engine, objects: readonly ReadObject[]): string[] {
  const names = new Set(objects.flatMap(({ kind, name }) => (kind === "Secret" ? [name] : [])));
  return listSecrets(engine.store)
    .filter(({ labels }) => names.has(labels[SECRET_LABEL] ?? ""))
    .map(({ id }) => removeSecret(engine, id));
}

async function unlessGone(work: () => Promise<unknown>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!isEstibaError(error, "not_found")) throw error;
  }
}
