import { newUnlockKey } from "../trust/unlock-key.ts";
import { changeCluster, requireCluster } from "./cluster-record.ts";
import type { Manager } from "./manager.ts";

/** Has managers be locked, or not, when their processes begin. The unlock key that is there stays the same. */
export async function setAutolock(manager: Manager, autolock: boolean): Promise<void> {
  await changeCluster(manager, () => {
    const { unlockKey, ...record } = requireCluster(manager);
    return autolock ? { ...record, unlockKey: unlockKey ?? newUnlockKey() } : record;
  });
}

/** Gives managers another unlock key, where they have one. */
export async function rotateUnlockKey(manager: Manager): Promise<void> {
  await changeCluster(manager, () => {
    const record = requireCluster(manager);
    return record.unlockKey === undefined ? record : { ...record, unlockKey: newUnlockKey() };
  });
}
