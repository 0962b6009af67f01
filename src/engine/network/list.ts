import { EstibaError } from "../../lib/error.ts";
import { parseMoment } from "../../lib/moment.ts";
import { allNetworks, DEFAULT_NETWORK } from "../../network/bridge-networks.ts";
import { ensureDefaultNetwork } from "../../network/default-network.ts";
import { networkRoot } from "../../network/root-id.ts";
import type { ContainerRecord, EndpointState } from "../../state/container.ts";
import { getState } from "../../state/containers.ts";
import type { NetworkRecord } from "../../state/networks.ts";
import type { Engine } from "../engine.ts";
import { matchesLabel } from "../label-filter.ts";
import { hasProcess, observe } from "../status.ts";
import { networkOf } from "./plan.ts";
import { endpointsOf } from "./settle.ts";
import { usersOf } from "./users.ts";

/** A network with the containers that are on it at this moment. */
export type NetworkDetails = {
  readonly network: NetworkRecord;
  readonly containers: readonly { readonly record: ContainerRecord; readonly endpoint: EndpointState }[];
  /** Of a network of the cluster: who has an address there, on any node. */
  readonly holders?: readonly { readonly name: string; readonly owner: string; readonly ip: string }[];
};

type Matches = (network: NetworkRecord) => boolean;

/** The networks that fit the filters, by name; the default one is among them. Throws `invalid` for a bad filter. */
export function selectNetworks(engine: Engine, filters: readonly string[]): NetworkRecord[] {
  const root = networkRoot(engine.paths.runRoot);
  ensureDefaultNetwork(engine.store, root);
  return allNetworks(engine.store, root).filter(networkFilter(engine, filters));
}

/** Everything about one network, by name or the beginning of its id. Throws `not_found`. */
export function inspectNetwork(engine: Engine, nameOrId: string): NetworkDetails {
  const network = networkOf(engine, nameOrId === "podman" || nameOrId === "default" ? DEFAULT_NETWORK : nameOrId);
  const containers = usersOf(engine, network.name).flatMap((record) => {
    const state = getState(engine.live, record.id);
    if (state === undefined || !hasProcess(observe(engine, record))) return [];
    const endpoint = endpointsOf(engine, state).find(({ networkId }) => networkId === network.id);
    return endpoint === undefined ? [] : [{ record, endpoint }];
  });
  return { network, containers };
}

const FILTERS: Readonly<Record<string, (value: string, engine: Engine) => Matches>> = {
  name: (value) => {
    const expression = new RegExp(value);
    return ({ name }) => expression.test(name);
  },
  id: (value) => {
    const expression = new RegExp(`^(?:${value})`);
    return ({ id }) => expression.test(id);
  },
  driver:
    (value) =>
    ({ driver, cluster }) =>
      (cluster === undefined ? driver : "overlay") === value,
  label:
    (value) =>
    ({ labels = {} }) =>
      matchesLabel(labels, value),
  "label!":
    (value) =>
    ({ labels = {} }) =>
      !matchesLabel(labels, value),
  dangling: (value, engine) => {
    if (!/^(true|false|0|1)$/.test(value)) throw badFilter(`dangling=${value} is neither true nor false`);
    const wanted = value === "true" || value === "1";
    // The default network stays, whether or not somebody is on it.
    const used = (name: string): boolean => name === DEFAULT_NETWORK || usersOf(engine, name).length > 0;
    return ({ name }) => used(name) !== wanted;
  },
  until: (value) => {
    const moment = parseMoment(value, "before", Date.now());
    if (moment === undefined) throw badFilter(`until=${value} is no point in time`);
    return ({ createdAt }) => createdAt < moment;
  },
};

/** Networks that fit: of several values of one key any must, of several keys and of labels all. Throws `invalid`. */
export function networkFilter(
  engine: Engine,
  filters: readonly string[],
  keys: readonly string[] = Object.keys(FILTERS),
): Matches {
  const byKey = new Map<string, Matches[]>();
  for (const text of filters) {
    const equals = text.indexOf("=");
    const key = equals < 0 ? text : text.slice(0, equals);
    const make = keys.includes(key) ? FILTERS[key] : undefined;
    if (make === undefined || equals < 0) throw badFilter(`invalid filter "${key}"`, keys);
    byKey.set(key, [...(byKey.get(key) ?? []), compiled(make, text.slice(equals + 1), engine)]);
  }
  return (network) =>
    [...byKey].every(([key, matches]) =>
      key.startsWith("label") ? matches.every((fits) => fits(network)) : matches.some((fits) => fits(network)),
    );
}

function compiled(make: (value: string, engine: Engine) => Matches, value: string, engine: Engine): Matches {
  try {
    return make(value, engine);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw badFilter(`"${value}" is no regular expression`);
  }
}

function badFilter(what: string, keys: readonly string[] = Object.keys(FILTERS)): EstibaError {
  return new EstibaError("invalid", { reason: "network.bad_filter", what, fix: `known: ${keys.join(", ")}` });
}
