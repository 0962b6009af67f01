import { EstibaError } from "../lib/error.ts";
import { parseMoment } from "../lib/moment.ts";
import type { ContainerRecord } from "../state/container.ts";
import { findContainer, idsAsMade } from "../state/containers.ts";
import { isIdPrefix } from "../state/look-up.ts";
import { listNetworks } from "../state/networks.ts";
import { listPods } from "../state/pods.ts";
import type { PortMapping } from "../state/spec/network.ts";
import type { Engine } from "./engine.ts";
import { matchesLabel } from "./label-filter.ts";
import type { ContainerSummary } from "./list.ts";

/** Whether a container is wanted. */
export type ContainerFilter = (container: ContainerSummary) => boolean;

/** Keys of which all values must hold; of the others one is enough. */
const ALL_MUST_HOLD: ReadonlySet<string> = new Set(["label", "label!"]);

/**
 * `--filter KEY=VALUE` of `ps`, `stop`, `rm` and the others: values of one key are alternatives (labels must all hold), different keys must
 * all hold. Podman's and Docker's keys, or only some of them. Throws `invalid` for an unknown key or a value that cannot be, `not_found` for the container that
 * `before` or `since` names.
 */
export function containerFilter(
  engine: Engine,
  filters: readonly string[],
  keys: readonly string[] = Object.keys(MAKERS),
): ContainerFilter {
  const byKey = new Map<string, ContainerFilter[]>();
  for (const text of filters) {
    const [key, value] = splitFilter(text);
    if (!keys.includes(key)) throw badFilter(`${key} is an invalid filter`, keys);
    byKey.set(key, [...(byKey.get(key) ?? []), filterFor(engine, key, value)]);
  }
  const tests = [...byKey].map(
    ([key, alternatives]): ContainerFilter =>
      ALL_MUST_HOLD.has(key)
        ? (container) => alternatives.every((test) => test(container))
        : (container) => alternatives.some((test) => test(container)),
  );
  return (container) => tests.every((test) => test(container));
}

// `label!=KEY` is the key `label!`.
function splitFilter(text: string): [key: string, value: string] {
  const equals = text.indexOf("=");
  if (equals < 0) throw badFilter(`"${text}" is an invalid filter: it is not KEY=VALUE`);
  return [text.slice(0, equals), text.slice(equals + 1)];
}

type Maker = (value: string, engine: Engine) => ContainerFilter;

const MAKERS: Readonly<Record<string, Maker>> = {
  ancestor: (value) => (container) => matchesAncestor(container.record, value),
  before: (value, engine) => {
    const made = idsAsMade(engine.store);
    const earlier = new Set(made.slice(0, made.indexOf(findContainer(engine.store, value).id)));
    return ({ record }) => earlier.has(record.id);
  },
  command:
    (value) =>
    ({ record }) =>
      record.process.args[0] === value,
  exited: (value) => {
    if (!/^-?\d+$/.test(value)) throw badValue(`exited: "${value}" is not an exit code`, "for example exited=137");
    return ({ status, exit }) => status === "exited" && exit?.code === Number(value);
  },
  expose: (value) => {
    const wanted = portsOf("expose", value);
    // What is published is exposed, too.
    return ({ record }) =>
      record.exposed.some((text) => overlap(wanted, readPorts(text))) ||
      record.spec.ports.some((port) => overlap(wanted, portsFrom(port.containerPort, port)));
  },
  health: (value) => (container) => healthOf(container) === value,
  id: (value) => {
    const matches = pattern(value);
    return ({ record }) => record.id.startsWith(value) || matches(record.id);
  },
  // A task belongs to Docker's swarm, and no container here does.
  "is-task": (value) => {
    if (!["true", "false", "1", "0"].includes(value))
      throw badValue(`is-task: "${value}" is not true or false`, "say is-task=false");
    return () => value === "false" || value === "0";
  },
  label:
    (value) =>
    ({ record }) =>
      matchesLabel(record.labels, value),
  "label!":
    (value) =>
    ({ record }) =>
      !matchesLabel(record.labels, value),
  name: (value) => {
    const matches = pattern(value.replace(/^\//, ""));
    return ({ record }) => matches(record.name);
  },
  network: (value, engine) => {
    const named = isIdPrefix(value)
      ? listNetworks(engine.store).find(({ id, name }) => name !== value && id.startsWith(value))
      : undefined;
    const names = [value, named?.name];
    return ({ record }) =>
      record.spec.networks === undefined
        ? names.includes(record.spec.network)
        : record.spec.networks.some(({ network }) => names.includes(network));
  },
  pod: (value, engine) => {
    const ids = new Set(
      listPods(engine.store)
        .filter(({ id, name }) => name === value || (value !== "" && id.startsWith(value)))
        .map(({ id }) => id),
    );
    return ({ record }) => record.spec.pod !== undefined && ids.has(record.spec.pod.id);
  },
  publish: (value) => {
    const wanted = portsOf("publish", value);
    return ({ record, state }) =>
      (state?.ports ?? record.spec.ports).some(({ hostPort, containerPort, protocol, range }) =>
        [hostPort, containerPort].some((first) => overlap(wanted, portsFrom(first, { range, protocol }))),
      );
  },
  "restart-policy": (value) => (container) => restartPolicyOf(container) === value,
  since: (value, engine) => {
    const made = idsAsMade(engine.store);
    const later = new Set(made.slice(made.indexOf(findContainer(engine.store, value).id) + 1));
    return ({ record }) => later.has(record.id);
  },
  status: (value) => {
    const status = STATUSES[value];
    if (status === undefined)
      throw badValue(
        `unknown container state: ${value}: invalid argument`,
        `known: ${Object.keys(STATUSES).join(", ")}`,
      );
    return (container) => container.status === status;
  },
  until: (value) => {
    const limit = timeOf(value);
    return ({ record }) => record.createdAt < limit;
  },
  volume:
    (value) =>
    ({ record }) =>
      record.mounts.some((mount) => mount.target === value || ("source" in mount && mount.source === value)),
};

/** What the peers call a state, and what it is here; "" for states that no container here is ever in. */
const STATUSES: Readonly<Record<string, string>> = {
  configured: "created",
  created: "created",
  dead: "",
  exited: "exited",
  initialized: "initialized",
  paused: "paused",
  removing: "",
  restarting: "restarting",
  running: "running",
  stopped: "exited",
  stopping: "stopping",
  unknown: "",
};

function filterFor(engine: Engine, key: string, value: string): ContainerFilter {
  const maker = MAKERS[key];
  if (maker === undefined) throw badFilter(`${key} is an invalid filter`);
  return maker(value, engine);
}

// A pattern where it is one, else a part of the text; both peers take regular expressions here.
function pattern(text: string): (tested: string) => boolean {
  try {
    const expression = new RegExp(text);
    return (tested) => expression.test(tested);
  } catch (error) {
    if (error instanceof SyntaxError) return (tested) => tested.includes(text);
    throw error;
  }
}

function matchesAncestor({ imageId, imageName }: ContainerRecord, value: string): boolean {
  const tail = imageName.slice(imageName.lastIndexOf("/") + 1);
  return (
    (value !== "" && imageId.startsWith(value.replace(/^sha256:/, ""))) ||
    [imageName, tail, imageName.replace(/:[^:/]+$/, ""), tail.replace(/:[^:]+$/, "")].includes(value)
  );
}

type Ports = { readonly first: number; readonly last: number; readonly protocol: string };

// `80`, `80/udp` or `8000-8010/tcp`, of the host or of the container, as Docker reads it.
function portsOf(key: string, value: string): Ports {
  const ports = readPorts(value);
  if (ports !== undefined) return ports;
  throw badValue(`${key}: "${value}" is not PORT[-PORT][/PROTO]`, `for example ${key}=80/tcp`);
}

function readPorts(text: string): Ports | undefined {
  const match = /^(\d+)(?:-(\d+))?(?:\/(tcp|udp|sctp))?$/.exec(text);
  if (match === null) return undefined;
  return { first: Number(match[1]), last: Number(match[2] ?? match[1]), protocol: match[3] ?? "tcp" };
}

function portsFrom(first: number, { range, protocol }: Pick<PortMapping, "range" | "protocol">): Ports {
  return { first, last: first + range - 1, protocol };
}

function overlap(one: Ports, other: Ports | undefined): boolean {
  return one.protocol === other?.protocol && one.first <= other.last && other.first <= one.last;
}

function timeOf(text: string): number {
  const time = parseMoment(text, "before", Date.now());
  if (time === undefined)
    throw badValue(`until: "${text}" is not a time`, "write it as 2026-01-31T12:00:00Z, or a while ago as 10m");
  return time;
}

function badFilter(what: string, keys: readonly string[] = Object.keys(MAKERS)): EstibaError {
  return badValue(what, `known: ${keys.join(", ")}`);
}

function badValue(what: string, fix: string): EstibaError {
  return new EstibaError("invalid", { reason: "container.unknown_filter", what, fix });
}

/** The state of its health checks; "none" where it has none. */
export function healthOf({ state }: ContainerSummary): string {
  return state?.health?.status ?? "none";
}

/** The policy by which it is started again; "no" where it is not. */
function restartPolicyOf({ record }: ContainerSummary): string {
  return record.spec.restart?.name ?? "no";
}
