import type { Engine } from "../../engine/engine.ts";
import { findContainer, getState, replaceDefinition } from "../../state/containers.ts";
import { transaction } from "../../state/database.ts";
import { LABELS } from "../plan/names.ts";
import { type Applying, serviceOf } from "./applying.ts";
import { projectContainers } from "./world.ts";

/**
 * On the default network nobody answers names: links of a service there are lines of /etc/hosts, with the addresses that the linked
 * containers have now. On networks of the project they are aliases.
 */
export function writeLinks(applying: Applying, service: string, container: string): void {
  const { links = [], network_mode: mode } = serviceOf(applying, service) ?? {};
  if (links.length === 0 || (mode !== "bridge" && mode !== "default")) return;
  const { engine, loaded } = applying;
  const others = projectContainers(engine, loaded.project.name);
  const lines = links.flatMap((link) => {
    const [target = "", alias = target] = link.split(":");
    return others
      .filter(({ record: { labels } }) => labels[LABELS.service] === target && labels[LABELS.oneOff] !== "True")
      .flatMap(({ record }) => {
        const address = addressOf(engine, record.id);
        return address === undefined
          ? []
          : [...new Set([alias, target, record.name])].map((name) => `${name}:${address}`);
      });
  });
  const record = findContainer(engine.store, container);
  const given = (serviceOf(applying, service)?.extra_hosts ?? []).map((entry) => entry.replace("=", ":"));
  const spec = { ...record.spec, addHosts: [...given, ...lines] };
  transaction(engine.store, () => replaceDefinition(engine.store, { ...record, spec }));
}

function addressOf(engine: Engine, id: string): string | undefined {
  const state = getState(engine.live, id);
  return state?.address?.ip ?? state?.endpoints?.[0]?.ip;
}
