import { EstibaError } from "../../lib/error.ts";
import { asksOf } from "../model/format.ts";
import { formatOf, type Node, type NodeDescription } from "../model/node.ts";
import type { Service, ServiceSpec } from "../model/service.ts";

type State = { readonly nodes: ReadonlyMap<string, Node>; readonly services: ReadonlyMap<string, Service> };

const SAME_VERSION = "have all managers be of the later version, one after the other: their containers stay";

/** Nothing that one of the managers does not understand gets into the store. Throws `unsupported` with its name. */
export function requireKnown({ nodes }: Pick<State, "nodes">, spec: ServiceSpec): void {
  const { unknown, newer, format } = asksOf(spec);
  if (unknown.length > 0)
    throw new EstibaError("unsupported", {
      reason: "service.unknown_part",
      what: `the manager that leads does not know ${unknown.join(", ")} of the service's spec: it is of an earlier version than who asks`,
      fix: SAME_VERSION,
    });
  for (const node of nodes.values()) {
    if (node.role !== "manager" || formatOf(node) >= format) continue;
    const { hostname, engineVersion } = node.description;
    throw new EstibaError("unsupported", {
      reason: "service.older_manager",
      what: `the manager ${hostname} is of version ${engineVersion}, which does not know ${newer.join(", ")} of the service's spec`,
      fix: SAME_VERSION,
    });
  }
}

/** Whoever is to be a manager understands all services that there are. Throws `unsupported`. */
export function requireKnowsState({ services }: Pick<State, "services">, description: NodeDescription): void {
  for (const { spec } of services.values()) {
    const { format, newer } = asksOf(spec);
    if (formatOf({ description }) >= format) continue;
    throw new EstibaError("unsupported", {
      reason: "node.older",
      what: `${description.hostname} is of version ${description.engineVersion}, which does not know ${newer.join(", ")} of service ${spec.name}: it cannot be a manager`,
      fix: "install the version of the other managers there first",
    });
  }
}

/** Why this manager may not lead: a later version has written what it does not know. Undefined where it knows all services. */
export function newerState({ services }: Pick<State, "services">): EstibaError | undefined {
  for (const { spec } of services.values()) {
    const { unknown } = asksOf(spec);
    if (unknown.length === 0) continue;
    return new EstibaError("unsupported", {
      reason: "cluster.newer_state",
      what: `this manager does not lead: service ${spec.name} has ${unknown.join(", ")}, which only a later version knows`,
      fix: "install that version again, and start the node anew; tasks run on meanwhile",
    });
  }
  return undefined;
}
