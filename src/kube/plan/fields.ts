import type { Container, ObjectFieldSelector, ResourceFieldSelector } from "kubernetes-types/core/v1";
import type { ObjectMeta } from "kubernetes-types/meta/v1";
import { quantityOf } from "../schema/quantity.ts";
import { type PlanContext, reject } from "./context.ts";

/** What fields of a pod are asked of. */
export type PodFacts = {
  readonly name: string;
  readonly metadata: ObjectMeta | undefined;
  readonly serviceAccount: string;
  readonly containers: readonly Container[];
};

/** Known only when the pod runs, and other at each start. */
const LATER = /^(status\.(podIPs?|hostIPs?)|metadata\.uid)$/;

/** The text of a field of the pod; undefined, with a problem, for what cannot be known. */
export function fieldValue(context: PlanContext, pod: PodFacts, selector: ObjectFieldSelector): string | undefined {
  const { fieldPath } = selector;
  const [, map, key] = /^metadata\.(labels|annotations)(?:\['([^']+)'\])?$/.exec(fieldPath) ?? [];
  if (map === "labels" || map === "annotations") {
    const values = pod.metadata?.[map] ?? {};
    if (key !== undefined) return values[key] ?? "";
    return Object.entries(values)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, value]) => `${name}=${JSON.stringify(value)}`)
      .join("\n");
  }
  switch (fieldPath) {
    case "metadata.name":
      return pod.name;
    case "metadata.namespace":
      return pod.metadata?.namespace ?? "default";
    case "spec.nodeName":
      return context.facts.nodeName;
    case "spec.serviceAccountName":
      return pod.serviceAccount;
    default:
      if (LATER.test(fieldPath))
        reject(
          context,
          [selector, "fieldPath"],
          `${fieldPath} is not known before the pod runs`,
          "find it by its name: pods and Services have one",
        );
      else
        reject(
          context,
          [selector, "fieldPath"],
          `there is no field ${fieldPath} that could be asked for`,
          "see docs/kube.md",
        );
      return undefined;
  }
}

/** A limit or request of a container as a whole number of the divisor; without one, what the host has. */
export function resourceValue(
  context: PlanContext,
  pod: PodFacts,
  own: Container | undefined,
  selector: ResourceFieldSelector,
): string | undefined {
  const { resource, containerName, divisor = "1" } = selector;
  const container = containerName === undefined ? own : pod.containers.find(({ name }) => name === containerName);
  if (container === undefined) {
    const missing =
      containerName === undefined ? "a volume must say containerName" : `there is no container "${containerName}"`;
    reject(context, [selector, "containerName"], missing);
    return undefined;
  }
  const [, kind, name] = /^(limits|requests)\.(cpu|memory)$/.exec(resource) ?? [];
  if ((kind !== "limits" && kind !== "requests") || name === undefined) {
    reject(
      context,
      [selector, "resource"],
      `there is no resource ${resource}`,
      "known: limits.cpu, limits.memory, requests.cpu, requests.memory",
    );
    return undefined;
  }
  const { limits = {}, requests = {} } = container.resources ?? {};
  const host = name === "cpu" ? context.facts.cpus : context.facts.memoryBytes;
  const asked = kind === "limits" ? limits[name] : (requests[name] ?? limits[name] ?? "0");
  const value = asked === undefined ? host : quantityOf(asked);
  const unit = quantityOf(divisor);
  return String(Math.ceil(value / (unit > 0 ? unit : 1)));
}
