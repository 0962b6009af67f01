import { rmSync } from "node:fs";
import { folderNames } from "../../host/folder-names.ts";
import { isAlive } from "../../host/process.ts";
import { getSoundContainer, getState, listStates } from "../../state/containers.ts";
import type { Engine } from "../engine.ts";
import { forgetNames, nameGateways, writeNames } from "../names/files.ts";
import { listeningFile, namesFolder } from "../names/paths.ts";
import { readListening, reviveNames } from "../names/wake.ts";
import { endpointsOf } from "../network/settle.ts";
import { isBusy } from "./busy.ts";
import type { Finding } from "./finding.ts";
import { lasting } from "./lasting.ts";

/** A resolver that was just started needs a moment to come up. */
const LOOKS = 40;

/** Names of containers that do not run, running ones whose names nobody knows, and a resolver that was killed. */
export async function checkNames(engine: Engine): Promise<Finding[]> {
  return await lasting(LOOKS, () => lookOnce(engine));
}

function lookOnce(engine: Engine): Finding[] {
  const known = folderNames(namesFolder(engine)).filter((id) => !isBusy(engine, id));
  const findings: Finding[] = known
    .filter((id) => !isAlive(getState(engine.live, id)?.init))
    .map((id) => ({
      kind: "names",
      what: `the names of container ${id.slice(0, 12)}, which does not run`,
      repair: () => forgetNames(engine, id),
    }));
  for (const [id, state] of listStates(engine.live)) {
    const record = getSoundContainer(engine.store, id);
    if (record?.spec.networks === undefined || known.includes(id) || !isAlive(state.init) || isBusy(engine, id))
      continue;
    const endpoints = endpointsOf(engine, state);
    if (nameGateways(engine, endpoints).length === 0) continue;
    findings.push({
      kind: "names",
      what: `nobody finds container ${record.name} (${id.slice(0, 12)}) by its names`,
      repair: () => {
        writeNames(engine, record, endpoints);
        reviveNames(engine);
      },
    });
  }
  if (readListening(engine) !== undefined) return findings;
  if (known.length > 0)
    findings.push({
      kind: "names",
      what: "nobody answers names: who did was killed",
      repair: () => reviveNames(engine),
    });
  else if (Bun.file(listeningFile(engine)).size > 0)
    findings.push({
      kind: "names",
      what: "the file of a resolver that was killed",
      repair: () => rmSync(listeningFile(engine), { force: true }),
    });
  return findings;
}
