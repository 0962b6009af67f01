import { getContainer } from "../../state/containers.ts";
import { tryLock } from "../../state/lock.ts";
import type { PodRecord } from "../../state/pod.ts";
import { getPod, listPods } from "../../state/pods.ts";
import type { Engine } from "../engine.ts";
import { podLockPath, removePod } from "../pod/remove.ts";
import type { Finding } from "./finding.ts";

/** Pods without the container that holds their namespaces: their removal was cut off. */
export function checkPods(engine: Engine): Finding[] {
  return listPods(engine.store)
    .filter((pod) => isHalf(engine, pod))
    .map(({ id, name }) => ({
      kind: "pod",
      what: `the removal of pod ${name} (${id.slice(0, 12)}) was cut off`,
      repair: async () => void (await removePod(engine, id, { force: true })),
    }));
}

function isHalf(engine: Engine, { id, infraId }: PodRecord): boolean {
  if (infraId === undefined || getContainer(engine.store, infraId) !== undefined) return false;
  // Another command may be removing it, and be done by now.
  using lock = tryLock(podLockPath(engine, id));
  if (lock === undefined || getPod(engine.store, id) !== undefined) return lock !== undefined;
  lock.discard();
  return false;
}
