import { dict, type Entry, type Node, scalar } from "../../lib/yaml/node.ts";
import { at, items, mapValues, pairs, textAt, update } from "../edit.ts";
import { dictAt, withEntry } from "../short/make.ts";

const NAMESPACES = ["network_mode", "ipc", "pid", "uts", "cgroup"];
const KINDS = ["networks", "volumes", "secrets", "configs"];

/**
 * What the files mean without saying it: the default network, dependencies that links and shared namespaces imply, the real names of
 * networks, volumes, secrets and configs.
 */
export function normalize(model: Node, projectName: string): Node {
  if (model.kind !== "dict") return model;
  const services = update(model, "services", (all) => (all.kind === "dict" ? mapValues(all, normalizeService) : all));
  const withDefault = addDefaultNetwork(services);
  return KINDS.reduce((result, kind) => update(result, kind, (all) => nameAll(all, projectName)), withDefault);
}

function normalizeService(service: Node): Node {
  if (service.kind !== "dict") return service;
  const named = update(service, "pull_policy", (policy) =>
    textAt(policy) === "if_not_present" ? scalar("missing", policy.origin) : policy,
  );
  return addImpliedDependencies(joinDefaultNetwork(named));
}

function joinDefaultNetwork(service: Node): Node {
  const apart = at(service, "network_mode") ?? at(service, "provider");
  if (service.kind !== "dict" || apart !== undefined || pairs(at(service, "networks")).length > 0) return service;
  return withEntry(service, "networks", dictAt({ ...service.origin, via: ["default"] }, { default: null }));
}

function addImpliedDependencies(service: Node): Node {
  const implied = new Map<string, Entry>();
  const add = (name: string, from: Node, restart: boolean): void => {
    if (implied.has(name)) return;
    const value = dictAt(
      { ...from.origin, via: ["implied"] },
      {
        condition: "service_started",
        restart: restart ? true : undefined,
        required: true,
      },
    );
    implied.set(name, { key: from.origin, value });
  };
  for (const link of items(at(service, "links"))) add((textAt(link) ?? "").split(":")[0] ?? "", link, true);
  for (const key of NAMESPACES) {
    const mode = at(service, key);
    const text = textAt(mode) ?? "";
    if (mode !== undefined && text.startsWith("service:")) add(text.slice("service:".length), mode, true);
  }
  for (const from of items(at(service, "volumes_from"))) {
    const [name = "", second] = (textAt(from) ?? "").split(":");
    if (name !== "container" || second === undefined) add(name, from, false);
  }
  if (service.kind !== "dict" || implied.size === 0) return service;
  const own = at(service, "depends_on");
  const merged = new Map([...implied, ...(own?.kind === "dict" ? own.entries : [])]);
  return withEntry(service, "depends_on", dict(merged, own?.origin ?? service.origin));
}

function addDefaultNetwork(model: Node): Node {
  const users = pairs(at(model, "services")).filter(([, service]) => at(service, "networks", "default") !== undefined);
  const [first] = users;
  if (model.kind !== "dict" || first === undefined || at(model, "networks", "default") !== undefined) return model;
  const networks = at(model, "networks");
  const empty = dict(new Map(), first[1].origin);
  const all = networks?.kind === "dict" ? networks : empty;
  return withEntry(model, "networks", withEntry(all, "default", scalar(null, first[1].origin)));
}

function nameAll(all: Node, projectName: string): Node {
  if (all.kind !== "dict") return all;
  return mapValues(all, (given, key) => {
    const one = given.kind === "dict" ? given : dict(new Map<string, Entry>(), given.origin);
    if (one.entries.has("name")) return one;
    const external = at(one, "external");
    const own = external?.kind === "scalar" && external.value === true;
    return withEntry(one, "name", scalar(own ? key : `${projectName}_${key}`, { ...one.origin, via: ["default"] }));
  });
}
