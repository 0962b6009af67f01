import type { ScheduleSpec } from "../../state/spec/schedule.ts";
import type { Project } from "../project.ts";
import type { Dependency } from "../service.ts";
import type { ObservedContainer } from "./observed.ts";
import { dependenciesOf } from "./order.ts";
import type { ServicePlan } from "./plan-service.ts";
import { scheduleChanges, scheduleOf } from "./schedule.ts";
import type { Change, Step } from "./step.ts";

/** Starts of all containers of the project that do not run, in the order that their dependencies ask for. */
export function startSteps(project: Project, services: readonly ServicePlan[]): Step[] {
  const restarting = stoppedForDependency(services);
  const steps: Step[] = [...restarting.values()];
  const plans = new Map(services.map((plan) => [plan.name, plan]));
  const waits = new Map<string, Step>();
  for (const plan of services) {
    const gates = dependenciesOf(project, plan.service).flatMap(([name, dependency]) =>
      gate(plans.get(name), dependency, waits),
    );
    if (plan.service.provider !== undefined) continue;
    steps.push(...serviceStarts(plan, gates, restarting));
  }
  return [...steps, ...waits.values()];
}

/** Those that run, but asked (`restart: true`) to be restarted when what they depend on is made anew. */
function stoppedForDependency(services: readonly ServicePlan[]): Map<string, Step> {
  const recreated = new Set(services.filter((plan) => plan.recreated.length > 0).map(({ name }) => name));
  const stopped = services.flatMap(({ service, kept }) => {
    const restarts = Object.entries(service.depends_on ?? {}).some(
      ([name, { restart }]) => restart === true && recreated.has(name),
    );
    return restarts ? kept.filter(({ status }) => status === "running") : [];
  });
  return new Map(
    stopped.map(({ id, name, service }) => [
      id,
      { id: `stop:${id}`, after: [], action: { kind: "stop", id, name, service } } satisfies Step,
    ]),
  );
}

/** What runs by a schedule waits for nothing but to be there. */
function schedules({ name: service, kept, recreated, added }: ServicePlan, schedule: ScheduleSpec): Step[] {
  const step = (name: string, after: readonly string[], why: readonly Change[]): Step => ({
    id: `schedule:${name}`,
    after,
    action: { kind: "schedule", service, name, schedule },
    ...(why.length === 0 ? {} : { why }),
  });
  const fresh = [...recreated.map(({ container }) => container), ...added].map(({ name }) => name);
  return [
    ...kept.map(({ name, schedule: inForce }): Step => {
      const why = inForce === undefined ? [] : scheduleChanges(inForce, schedule);
      if (inForce === undefined || why.length > 0) return step(name, [], why);
      return { id: `keep:${name}`, after: [], action: { kind: "keep", name } };
    }),
    ...fresh.map((name) => step(name, [`create:${name}`], [])),
  ];
}

function serviceStarts(plan: ServicePlan, gates: readonly string[], restarting: ReadonlyMap<string, Step>): Step[] {
  const schedule = scheduleOf(plan.service);
  if (schedule !== undefined) return schedules(plan, schedule);
  const { name: service, kept, recreated, added } = plan;
  const running = kept.filter((container) => isUp(container) && !restarting.has(container.id));
  const starting = [
    ...kept
      .filter((container) => !running.includes(container))
      .map(({ id, name }) => ({ name, made: restarting.get(id)?.id })),
    ...recreated.map(({ container: { name } }) => ({ name, made: `create:${name}` })),
    ...added.map(({ name }) => ({ name, made: `create:${name}` })),
  ];
  const keeps = running.map(({ name }): Step => ({ id: `keep:${name}`, after: [], action: { kind: "keep", name } }));
  if (starting.length === 0) return keeps;
  const made = starting.flatMap((container) => container.made ?? []);
  const hooks = plan.service.pre_start ?? [];
  const first: Step[] =
    hooks.length === 0 || running.length > 0
      ? []
      : [{ id: `pre-start:${service}`, after: [...gates, ...made], action: { kind: "pre-start", service } }];
  return [
    ...keeps,
    ...first,
    ...starting.map(
      (container): Step => ({
        id: `start:${container.name}`,
        after: [...gates, ...(container.made === undefined ? [] : [container.made]), ...first.map(({ id }) => id)],
        action: { kind: "start", service, name: container.name, hooks: true },
      }),
    ),
  ];
}

/** The steps that a dependent's starts wait for; a wait that others need too is made once. */
function gate(plan: ServicePlan | undefined, dependency: Dependency, waits: Map<string, Step>): string[] {
  if (plan === undefined) return [];
  const started = startedBy(plan);
  const { condition, required } = dependency;
  if (condition === "service_started" || plan.service.provider !== undefined) return started;
  const id = `wait:${plan.name}:${condition}${required ? "" : ":optional"}`;
  const action = { kind: "wait", service: plan.name, containers: namesOf(plan), condition, required } as const;
  waits.set(id, { id, after: started, action });
  return [id];
}

/** The names of the containers that a service has when all is done. */
function namesOf({ kept, recreated, added }: ServicePlan): string[] {
  return [...kept, ...recreated.map(({ container }) => container), ...added].map(({ name }) => name);
}

function startedBy(plan: ServicePlan): string[] {
  if (plan.service.provider !== undefined) return [`provider:${plan.name}`];
  return namesOf(plan).map((name) => `start:${name}`);
}

function isUp({ status }: ObservedContainer): boolean {
  return status === "running" || status === "restarting" || status === "stopping";
}
