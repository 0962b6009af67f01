import type { Project } from "../project.ts";
import type { Service } from "../service.ts";
import { settleCutOff } from "./cut-off.ts";
import { linked } from "./linked.ts";
import { startsFirst } from "./names.ts";
import type { ObservedContainer, ObservedState } from "./observed.ts";
import { dependencyOrder, joinedServices, volumeProviders } from "./order.ts";
import { orphansOf, orphanWarning } from "./orphans.ts";
import { planResources, separateVolumeSteps } from "./plan-resources.ts";
import { planService, type ServicePlan } from "./plan-service.ts";
import { startSteps } from "./plan-start.ts";
import { planPods } from "./pods.ts";
import { removal } from "./removal.ts";
import { separateVolumes } from "./replica.ts";
import type { Step } from "./step.ts";
import type { UpRequest } from "./up-request.ts";

/** What has to be done, and what the user should know besides. */
export type Plan = { readonly steps: readonly Step[]; readonly warnings: readonly string[] };

/**
 * The way from the world as it is to the project as it is wanted: a graph of steps, without a cycle. Pure: the same for a dry run, for
 * `plan` and for the real thing. Throws `not_found` for an external network or volume that is not there.
 */
export function planUp(project: Project, world: ObservedState, request: UpRequest): Plan {
  const { steps: mending, observed } = settleCutOff(world);
  const resources = planResources(project, observed, request.replaceVolumes);
  const pods = planPods(project, observed, { remade: resources.remade, request });
  const recreated = new Set<string>();
  const services = dependencyOrder(project).map((name) => {
    const plan = planService(name, { project, observed, recreated, remade: resources.remade, pods }, request);
    if (plan.recreated.length > 0) recreated.add(name);
    return plan;
  });
  const mended = mending.map(({ id }) => id);
  const separate = services.flatMap((plan) => separateVolumeSteps(project, observed, plan));
  const making = services.flatMap((plan) => makingSteps(plan, { project, observed, services, request, mended }));
  const orphans = request.orphans === "ignore" ? [] : orphansOf(observed.containers, request.known);
  const removed =
    request.orphans === "remove" ? orphans.flatMap((container) => removal(container, { volumes: false })) : [];
  const podsGone = pods.steps.flatMap(({ id, action }) => (action.kind === "remove-pod" ? [id] : []));
  const ground = resources.steps.map((step) => afterThoseOn(step, services, podsGone));
  const starting = request.start ? startSteps(project, services) : [];
  return {
    steps: linked([...mending, ...removed, ...ground, ...pods.steps, ...separate, ...making, ...starting]),
    warnings: [
      ...resources.warnings,
      ...(request.orphans === "warn" && orphans.length > 0 ? [orphanWarning(orphans)] : []),
    ],
  };
}

type Making = {
  readonly project: Project;
  readonly observed: ObservedState;
  readonly services: readonly ServicePlan[];
  readonly request: UpRequest;
  readonly mended: readonly string[];
};

/** Removals and creations of one service's containers. */
function makingSteps(plan: ServicePlan, making: Making): Step[] {
  const { project, services, request, mended } = making;
  const { name: service } = plan;
  if (plan.service.provider !== undefined)
    return [{ id: `provider:${service}`, after: mended, action: { kind: "provider", service, verb: "up" } }];
  const ground = [...mended, ...groundOf(plan, { project, services })];
  const steps: Step[] = plan.surplus.flatMap((container) => removal(container, { volumes: false, after: mended }));
  for (const { container, why, first } of plan.recreated) {
    const { id, name, number, status } = container;
    const inherits = request.renewVolumes ? [] : container.volumes.filter(({ anonymous }) => anonymous);
    const leaving = servicesLeaving(services, container);
    const running = status !== "created" && status !== "exited";
    if (first) steps.push(...removal(container, { volumes: false, after: mended }));
    const action = { kind: "create", service, number, name, inherits, sharesPorts: plan.sharesPorts } as const;
    const startFirst = request.start && mayStartFirst(plan, container, making);
    steps.push({
      id: `create:${name}`,
      after: [...ground, ...separateVolumes(plan.service, number), ...leaving, ...(first ? [`remove:${id}`] : [])],
      action: first ? action : { ...action, replaces: { id, name, running, ...(startFirst ? { startFirst } : {}) } },
      why,
    });
  }
  for (const { name, number } of plan.added) {
    const after = [
      ...ground,
      ...separateVolumes(plan.service, number),
      ...plan.surplus.map(({ id }) => `remove:${id}`),
    ];
    steps.push({
      id: `create:${name}`,
      after,
      action: { kind: "create", service, number, name, inherits: [], sharesPorts: plan.sharesPorts },
    });
  }
  return steps;
}

/**
 * Two containers of a service at once need ports that they can share, and the old one must have them so; addresses that the file fixes have
 * to be on networks where they can go over; and what they depend on has to be there already.
 */
function mayStartFirst(
  { service, sharesPorts }: ServicePlan,
  container: ObservedContainer,
  { project, observed, services }: Making,
): boolean {
  const needed = services.filter(({ name }) => Object.hasOwn(service.depends_on ?? {}, name));
  const settled = needed.every(({ recreated, added }) => recreated.length === 0 && added.length === 0);
  const anonymous = container.volumes.some((volume) => volume.anonymous);
  const moves = networksOfFixed(service).every(
    (key) => observed.network(project.networks[key]?.name ?? key)?.addressesMove === true,
  );
  return (
    startsFirst(service) &&
    container.status === "running" &&
    settled &&
    !anonymous &&
    moves &&
    (!sharesPorts || container.sharesPorts)
  );
}

/** Keys of the networks on which the file fixes an address; a MAC address that the service has is that of the first, whichever that is. */
function networksOfFixed({ networks = {}, mac_address }: Service): string[] {
  return Object.entries(networks).flatMap(([key, network]) =>
    (network?.ipv4_address ?? network?.ipv6_address ?? network?.mac_address ?? mac_address) === undefined ? [] : [key],
  );
}

/** What a container stands on: its networks and volumes, and the containers whose namespaces or volumes it uses. */
function groundOf(
  { service }: ServicePlan,
  { project, services }: { readonly project: Project; readonly services: readonly ServicePlan[] },
): string[] {
  const networks = Object.keys(service.networks ?? {}).map((key) => `network:${key}`);
  const volumes = (service.volumes ?? []).flatMap(({ source }) =>
    source !== undefined && Object.hasOwn(project.volumes, source) ? [`volume:${source}`] : [],
  );
  const others = new Set([...joinedServices(service), ...volumeProviders(service)]);
  const made = services.filter(({ name }) => others.has(name)).flatMap(createdBy);
  // What a provider says is set in the containers of those that depend on it.
  const providers = Object.keys(service.depends_on ?? {}).map((name) => `provider:${name}`);
  const pod = service["x-estiba"]?.pod;
  return [...networks, ...volumes, ...made, ...providers, ...(pod === undefined ? [] : [`pod:${pod}`])];
}

function createdBy({ recreated, added }: ServicePlan): string[] {
  return [...recreated.map(({ container }) => container), ...added].map(({ name }) => `create:${name}`);
}

/** Containers that join this one's namespaces have to go first; those that asked to be restarted with it have to stop. */
function servicesLeaving(services: readonly ServicePlan[], container: ObservedContainer): string[] {
  return services.flatMap(({ service, kept, recreated }) => [
    ...recreated.filter((other) => other.first && other.container.joins.includes(container.id)).map(goneId),
    ...(service.depends_on?.[container.service]?.restart === true
      ? kept.filter(({ status }) => status === "running").map(({ id }) => `stop:${id}`)
      : []),
  ]);
}

function goneId({ container }: { readonly container: ObservedContainer }): string {
  return `remove:${container.id}`;
}

// A network or volume goes when the containers on it are gone.
function afterThoseOn(step: Step, services: readonly ServicePlan[], podsGone: readonly string[]): Step {
  if (step.action.kind !== "remove-network" && step.action.kind !== "remove-volume") return step;
  const leaving = services.flatMap(({ recreated, surplus }) => [
    ...recreated.filter(({ first }) => first).map(goneId),
    ...surplus.map(({ id }) => `remove:${id}`),
  ]);
  return { ...step, after: [...leaving, ...podsGone] };
}
