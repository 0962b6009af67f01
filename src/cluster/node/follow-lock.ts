import { describeError, isEstibaError } from "../../lib/error.ts";
import { writeLog } from "../../lib/log.ts";
import { requireCluster } from "../manager/cluster-record.ts";
import type { Manager } from "../manager/manager.ts";
import type { KeyRing } from "./key-ring.ts";

/** Has this manager's key be encrypted as the cluster wants it, whenever that changes: before whoever has changed it gets an answer. */
export function followLock(manager: Manager, ring: KeyRing): Disposable {
  return manager.replica.onChange(({ cluster }) => {
    if (!cluster || manager.replica.cluster() === undefined) return;
    try {
      ring.lockWith(requireCluster(manager).unlockKey);
    } catch (error) {
      if (!isEstibaError(error) && !(error instanceof Error && "syscall" in error)) throw error;
      writeLog("warn", `this manager's key is not encrypted as it is to be: ${describeError(error)}`);
    }
  });
}
