import { REBALANCE_LABEL } from "../../cluster/model/rebalance.ts";
import { modeName } from "../../cluster/model/schedule.ts";
import type { Placement, ServiceMode, ServiceSpec } from "../../cluster/model/service.ts";
import { splitWords } from "../../compose/short/words.ts";
import { withChanges } from "../../lib/with-changes.ts";
import type { ContainerSpec } from "../../state/container.ts";
import type { PortMapping } from "../../state/spec/network.ts";
import type { SecuritySpec } from "../../state/spec/security.ts";
import type { Values } from "../command.ts";
import { badOption } from "../container/bad-option.ts";
import { keyValues } from "../container/options/values.ts";
import { autoscaleLabels } from "./autoscale.ts";
import { RULE_OPTIONS, TASK_OPTIONS } from "./options.ts";
import { parseServicePort } from "./ports.ts";
import { changedRules, countOf, requireOfUse } from "./rules.ts";
import { scaledMode } from "./scale.ts";
import { scheduleLabels } from "./schedule.ts";
import { endpointOf, parsePreference } from "./spec.ts";
import { neutralValues, type TaskValues, taskContainer } from "./task-container.ts";
import type { UPDATE_OPTIONS } from "./update-options.ts";

type UpdateValues = Values<typeof UPDATE_OPTIONS>;

const NO_LISTS: Pick<
  TaskValues,
  "cap-add" | "cap-drop" | "container-label" | "group" | "host" | "log-opt" | "publish"
> = {
  "cap-add": [],
  "cap-drop": [],
  "container-label": [],
  group: [],
  host: [],
  "log-opt": [],
  publish: [],
};

/** A service's spec with what the options of `service update` change of it. Throws `invalid` naming the option. */
export function changedSpec(before: ServiceSpec, values: UpdateValues): ServiceSpec {
  requireOfUse(modeName(before), values);
  const rules = changedRules(before, values);
  const schedule = scheduleLabels(values, modeName(before) === "scheduled" ? undefined : "of use for this service");
  const balance = values.rebalance ? { [REBALANCE_LABEL]: "true" } : {};
  const added = {
    ...keyValues("--label-add", values["label-add"]),
    ...schedule,
    ...autoscaleLabels(values),
    ...balance,
  };
  const removed = values["label-rm"];
  return {
    ...before,
    ...rules,
    labels: changedRecord(before.labels, added, removed),
    mode: modeOf(before, values),
    placement: placementOf(rules.placement, values),
    container: containerOf(before.container, values),
    force: before.force + (values.force ? 1 : 0),
    ...endpointOf(values["endpoint-mode"]),
  };
}

function modeOf({ name, mode }: ServiceSpec, values: UpdateValues): ServiceMode {
  const replicas = countOf("--replicas", values.replicas);
  const scaled = replicas === undefined ? mode : scaledMode(name, mode, replicas);
  const concurrent = countOf("--max-concurrent", values["max-concurrent"]);
  if (concurrent === undefined) return scaled;
  if (scaled.kind !== "replicated-job")
    throw badOption("--max-concurrent", String(concurrent), "of use for this service");
  return { ...scaled, concurrent };
}

function placementOf(before: Placement, values: UpdateValues): Placement {
  const { "constraint-add": added, "constraint-rm": removed } = values;
  const plain = (text: string): string => text.replaceAll(/\s/g, "");
  const isRemoved = (text: string): boolean => removed.some((other) => plain(other) === plain(text));
  return {
    ...before,
    constraints: changedList(before.constraints, added, isRemoved),
    spread: changedList(before.spread, values["placement-pref-add"].map(parsePreference), (key) =>
      values["placement-pref-rm"].map(parsePreference).includes(key),
    ),
  };
}

function containerOf(before: ContainerSpec, values: UpdateValues): ContainerSpec {
  const neutral = { ...neutralValues(TASK_OPTIONS), ...values, ...NO_LISTS };
  const nothing = taskContainer(neutralTask(), before.image, []);
  const asked: TaskValues = {
    ...neutral,
    mount: values["mount-add"],
    network: values["network-add"],
    "container-label": values["container-label-add"],
    host: values["host-add"],
    ulimit: values["ulimit-add"],
    sysctl: values["sysctl-add"],
    dns: values["dns-add"],
    "dns-search": values["dns-search-add"],
    "dns-option": values["dns-option-add"],
    group: values["group-add"],
    "cap-add": values["cap-add"],
    "cap-drop": values["cap-drop"],
    "log-opt": values["log-opt"],
  };
  const made = taskContainer(asked, values.image ?? before.image, commandOf(values.args) ?? before.command);
  // Lists are changed by element, all else is replaced where an option has made a difference.
  const { networks, ...single } = withoutLists(made);
  const { networks: _, ...usual } = withoutLists(nothing);
  const { networks: attached, ...changed } = withChanges(before, usual, single);
  return { ...changed, ...listsOf(before, made, values), ...networksOf(attached, networks, values) };
}

type ListName =
  | "mounts"
  | "labels"
  | "addHosts"
  | "env"
  | "ports"
  | "ulimits"
  | "sysctls"
  | "dns"
  | "dnsSearch"
  | "dnsOptions"
  | "groupAdd"
  | "security";

function withoutLists(spec: ContainerSpec): Omit<ContainerSpec, ListName> {
  const { mounts: _m, labels: _l, addHosts: _h, env: _e, ports: _p, ulimits: _u, ...others } = spec;
  const { sysctls: _c, dns: _d, dnsSearch: _s, dnsOptions: _o, groupAdd: _g, security: _r, ...single } = others;
  return single;
}

/** What is changed element by element: `made` has what is added. */
function listsOf(before: ContainerSpec, made: ContainerSpec, values: UpdateValues): Pick<ContainerSpec, ListName> {
  const among = (list: readonly string[]) => (one: string) => list.includes(one);
  return {
    env: changedEnv(before.env, values),
    labels: changedRecord(before.labels, made.labels, values["container-label-rm"]),
    mounts: changedList(
      before.mounts.filter(({ target }) => !made.mounts.some((mount) => mount.target === target)),
      made.mounts,
      ({ target }) => values["mount-rm"].includes(target),
    ),
    addHosts: changedList(before.addHosts, made.addHosts, among(values["host-rm"])),
    ports: changedPorts(before.ports, values),
    ulimits: changedRecord(before.ulimits, made.ulimits, values["ulimit-rm"]),
    sysctls: changedRecord(before.sysctls, made.sysctls, values["sysctl-rm"]),
    dns: changedList(before.dns, made.dns, among(values["dns-rm"])),
    dnsSearch: changedList(before.dnsSearch, made.dnsSearch, among(values["dns-search-rm"])),
    dnsOptions: changedList(before.dnsOptions, made.dnsOptions, among(values["dns-option-rm"])),
    groupAdd: changedList(before.groupAdd, made.groupAdd, among(values["group-rm"])),
    security: changedRights(before.security, made.security, values),
  };
}

/** A capability that is given is not taken any more, and the other way round; other rights are replaced where an option says so. */
function changedRights(before: SecuritySpec, made: SecuritySpec, values: UpdateValues): SecuritySpec {
  const nothing = taskContainer(neutralTask(), "", []).security;
  const { capAdd, capDrop } = made;
  return {
    ...withChanges(before, { ...nothing, capAdd, capDrop }, made),
    capAdd: changedList(before.capAdd, values["cap-add"].length === 0 ? [] : capAdd, (one) => capDrop.includes(one)),
    capDrop: changedList(before.capDrop, values["cap-drop"].length === 0 ? [] : capDrop, (one) => capAdd.includes(one)),
  };
}

function neutralTask(): TaskValues {
  return { ...neutralValues(TASK_OPTIONS), ...neutralValues(RULE_OPTIONS), ...NO_LISTS };
}

function commandOf(text: string | undefined): readonly string[] | undefined {
  if (text === undefined) return undefined;
  const words = splitWords(text);
  if (words === undefined) throw badOption("--args", text, "a command whose quotes are closed");
  return words;
}

function changedEnv(before: readonly string[], values: UpdateValues): readonly string[] {
  const nameOf = (text: string): string => text.split("=")[0] ?? "";
  const bad = values["env-add"].find((text) => nameOf(text) === "");
  if (bad !== undefined) throw badOption("--env-add", bad, "KEY=VALUE");
  const added = values["env-add"].map((text) => (text.includes("=") ? text : `${text}=${process.env[text] ?? ""}`));
  const replaced = new Set([...added.map(nameOf), ...values["env-rm"]]);
  return [...before.filter((text) => !replaced.has(nameOf(text))), ...added];
}

function changedPorts(before: readonly PortMapping[], values: UpdateValues): readonly PortMapping[] {
  const keyOf = ({ containerPort, protocol }: PortMapping): string => `${containerPort}/${protocol}`;
  const added = values["publish-add"].map(parseServicePort);
  const removed = values["publish-rm"].map((text) => (text.includes("/") ? text : `${text}/tcp`));
  const replaced = new Set([...added.map(keyOf), ...removed]);
  return [...before.filter((port) => !replaced.has(keyOf(port))), ...added];
}

function networksOf(
  before: ContainerSpec["networks"] = [],
  added: ContainerSpec["networks"] = [],
  { "network-add": asked, "network-rm": removed }: UpdateValues,
): Pick<ContainerSpec, "networks"> {
  const kept = before.filter(({ network }) => !removed.includes(network) && !asked.includes(network));
  const networks = [...kept, ...added];
  return networks.length === 0 ? {} : { networks };
}

function changedList<T>(before: readonly T[], added: readonly T[], isRemoved: (one: T) => boolean): readonly T[] {
  const kept = before.filter((one) => !isRemoved(one));
  return [...kept, ...added.filter((one) => !kept.includes(one))];
}

function changedRecord<T>(
  before: Readonly<Record<string, T>>,
  added: Readonly<Record<string, T>>,
  removed: readonly string[],
): Record<string, T> {
  return { ...Object.fromEntries(Object.entries(before).filter(([key]) => !removed.includes(key))), ...added };
}
