import type { Project } from "../project.ts";
import type { Service } from "../service.ts";
import { linked } from "./linked.ts";
import type { ObservedContainer, ObservedState } from "./observed.ts";
import { dependencyOrder, dependentsOf } from "./order.ts";
import { dependencyEdges } from "./plan-down.ts";
import type { ServicePlan } from "./plan-service.ts";
import { startSteps } from "./plan-start.ts";
import { podStops } from "./pods.ts";
import type { Action, Step } from "./step.ts";

type ContainerVerb = "stop" | "kill" | "restart" | "pause" | "unpause";

/**
 * One step for each container: those that stop go before what they depend on, those that are restarted after it; the others all at once.
 * What containers depend on is read from their labels, so this works without a file.
 */
export function planVerb(verb: ContainerVerb, containers: readonly ObservedContainer[]): Step[] {
  const edges = dependencyEdges(containers);
  const idsOf = (services: readonly string[]): string[] =>
    containers.filter(({ service }) => services.includes(service)).map(({ id }) => `${verb}:${id}`);
  return linked(
    containers.map(({ id, name, service }) => {
      const mine = edges.get(service) ?? [];
      const dependents = dependentsOf(edges, [service]).filter((other) => !mine.includes(other));
      const after = verb === "stop" ? idsOf(dependents) : verb === "restart" ? idsOf(mine) : [];
      return { id: `${verb}:${id}`, after, action: { kind: verb, id, name, service } satisfies Action };
    }),
  );
}

/** The steps with those that end what holds pods together, where all that runs in a pod ends with them. */
export function withPods({ pods, containers }: ObservedState, steps: readonly Step[]): Step[] {
  return linked([...steps, ...podStops(pods, containers, steps)]);
}

/** The removal of containers that do not run, after those that join their namespaces. */
export function planRemove(containers: readonly ObservedContainer[], volumes: boolean): Step[] {
  return linked(
    containers.map(
      ({ id, name }): Step => ({
        id: `remove:${id}`,
        after: containers.filter(({ joins }) => joins.includes(id)).map((other) => `remove:${other.id}`),
        action: { kind: "remove", id, name, volumes },
      }),
    ),
  );
}

/** Starts of the containers that are there, in the order that the project's dependencies ask for. */
export function planStart(project: Project, containers: readonly ObservedContainer[]): Step[] {
  const services = dependencyOrder(project).map((name): ServicePlan => {
    const kept = containers.filter(({ service, oneOff, helper }) => service === name && !oneOff && !helper);
    return {
      name,
      service: project.services[name] as Service,
      kept,
      recreated: [],
      surplus: [],
      added: [],
      sharesPorts: false,
    };
  });
  return linked(startSteps(project, services).filter(({ action }) => action.kind !== "keep"));
}
