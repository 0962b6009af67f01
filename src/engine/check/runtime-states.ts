import { join } from "node:path";
import { folderNames } from "../../host/folder-names.ts";
import { runtimeDelete } from "../../runtime/oci-runtime.ts";
import type { Engine } from "../engine.ts";
import { engineRuntime } from "../programs.ts";
import { runtimeStateFolder } from "../runtime-places.ts";
import { isLeftover } from "./busy.ts";
import type { Finding } from "./finding.ts";

/** What OCI runtimes still know of containers that do not run. */
export function checkRuntimeStates(engine: Engine): Finding[] {
  const stateFolder = runtimeStateFolder(engine);
  return folderNames(stateFolder)
    .filter((id) => /^[0-9a-f]{64}$/.test(id) && isLeftover(engine, id, join(stateFolder, id)))
    .map((id) => ({
      kind: "runtime state",
      what: `the OCI runtime's state of container ${id.slice(0, 12)}, which does not run`,
      repair: () => runtimeDelete({ path: engineRuntime(engine).path, stateFolder }, id),
    }));
}
