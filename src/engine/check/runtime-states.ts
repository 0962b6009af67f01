import { join } from "node:path";
import { chooseRuntime } from "../../runtime/choose-runtime.ts";
import { runtimeDelete } from "../../runtime/oci-runtime.ts";
import { listStates } from "../../state/containers.ts";
import { tryLock } from "../../state/lock.ts";
import type { Engine } from "../engine.ts";
import { runtimeStateFolder } from "../launch.ts";
import type { Finding } from "./finding.ts";
import { folderNames } from "./folder-names.ts";

/** What OCI runtimes still know of containers that do not run. */
export function checkRuntimeStates(engine: Engine): Finding[] {
  const states = listStates(engine.live);
  const stateFolder = runtimeStateFolder(engine);
  return folderNames(stateFolder)
    .filter((id) => {
      const status = states.get(id)?.status;
      if (!/^[0-9a-f]{64}$/.test(id) || (status !== undefined && status !== "created" && status !== "exited"))
        return false;
      using lock = tryLock(join(engine.paths.locks, `container-${id}`));
      if (lock !== undefined && status === undefined) lock.discard();
      return lock !== undefined;
    })
    .map((id) => ({
      kind: "runtime state",
      what: `the OCI runtime's state of container ${id.slice(0, 12)}, which does not run`,
      repair: () => runtimeDelete({ path: chooseRuntime({ wanted: engine.runtime }).path, stateFolder }, id),
    }));
}
