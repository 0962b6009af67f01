import { nextRun } from "../../engine/schedule/next-run.ts";
import { EstibaError } from "../../lib/error.ts";
import { autoscaleOf } from "../model/autoscale.ts";
import { INGRESS } from "../model/network.ts";
import { isRebalanced } from "../model/rebalance.ts";
import { modeName, scheduleOf } from "../model/schedule.ts";
import { newService, rolledBack, type Service, type ServiceSpec, withSpec } from "../model/service.ts";
import { requireTemplates } from "../model/templates.ts";
import { byName, hasDoors } from "../network/attached.ts";
import { parseConstraint, requirePreference } from "../schedule/constraint.ts";
import { requireFiles } from "./files.ts";
import { findOne } from "./find.ts";
import { newId } from "./ids.ts";
import { serviceKey, serviceNameKey } from "./keys.ts";
import { requireKnown } from "./known.ts";
import { type Manager, putOf, write } from "./manager.ts";
import { portSteps, withChosenPorts } from "./service-ports.ts";

/** Writes a new service down. Throws `conflict` for a name in use, `invalid` for what no node can understand. */
export async function createService(manager: Manager, spec: ServiceSpec): Promise<Service> {
  requireSound(manager, spec);
  const { replica } = manager;
  const id = newId();
  const made: { service?: Service } = {};
  await write(manager, () => {
    if (replica.modified(serviceNameKey(spec.name)) !== 0) throw nameTaken(spec.name);
    const service = newService(id, withChosenPorts(replica, spec, undefined), manager.now());
    made.service = service;
    const steps = [
      putOf(replica, serviceNameKey(spec.name), service.id),
      putOf(replica, serviceKey(service.id), service),
      ...portSteps(replica, service, undefined),
    ];
    const compares = [...steps.map(({ compare }) => compare), ...requireFiles(manager, spec)];
    return { compares, operations: steps.map(({ operation }) => operation) };
  });
  return made.service ?? findService(manager, id);
}

/** The service by id, name or the beginning of an id. Throws `not_found`, `conflict`. */
export function findService({ replica }: Pick<Manager, "replica">, reference: string): Service {
  return findOne(replica.services.values(), reference, {
    kind: "service",
    nameOf: ({ spec }) => spec.name,
    fix: "estiba service ls lists them",
  });
}

/** Gives a service another spec. `version`: that of the service it was made from, where a change in between is to be refused. */
export async function updateService(
  manager: Manager,
  reference: string,
  spec: ServiceSpec,
  version: number | undefined,
): Promise<Service> {
  requireSound(manager, spec);
  return await changeService(manager, reference, (service) => {
    requireVersion(manager, service, version);
    requireSame(service.spec, spec);
    return withSpec(service, withChosenPorts(manager.replica, spec, service), manager.now());
  });
}

/** Gives a service the spec that it had before. Throws `wrong_state` when it had none, `conflict` when it is of another version. */
export async function rollBackService(manager: Manager, reference: string, version?: number): Promise<Service> {
  return await changeService(manager, reference, (service) => {
    requireVersion(manager, service, version);
    const before = rolledBack(service, manager.now());
    if (before !== undefined) return before;
    throw new EstibaError("wrong_state", {
      reason: "service.no_previous",
      what: `service ${service.spec.name} does not have a previous spec`,
      fix: "it can be rolled back after an update",
    });
  });
}

/** Forgets a service; its tasks are stopped and forgotten by and by. */
export async function removeService(manager: Manager, reference: string): Promise<Service> {
  const { replica } = manager;
  const removed = findService(manager, reference);
  await write(manager, () => {
    const { id, spec } = findService(manager, removed.id);
    return {
      compares: [{ key: serviceKey(id), what: "modified", at: replica.modified(serviceKey(id)) }],
      operations: [
        { kind: "delete", key: serviceKey(id) },
        { kind: "delete", key: serviceNameKey(spec.name) },
      ],
    };
  });
  return removed;
}

async function changeService(
  manager: Manager,
  reference: string,
  change: (service: Service) => Service,
): Promise<Service> {
  const { id } = findService(manager, reference);
  const result: { service?: Service } = {};
  await write(manager, () => {
    const before = findService(manager, id);
    result.service = change(before);
    const { replica } = manager;
    const steps = [putOf(replica, serviceKey(id), result.service), ...portSteps(replica, result.service, before)];
    const compares = [...steps.map(({ compare }) => compare), ...requireFiles(manager, result.service.spec)];
    return { compares, operations: steps.map(({ operation }) => operation) };
  });
  return result.service ?? findService(manager, id);
}

function requireVersion({ replica }: Manager, { id }: Service, version: number | undefined): void {
  if (version !== undefined && replica.modified(serviceKey(id)) !== version) throw outOfSequence();
}

// Nothing that a scheduler, or a node, could stumble over later gets into the store.
function requireSound({ replica }: Manager, spec: ServiceSpec): void {
  requireKnown(replica, spec);
  const { name, placement, container } = spec;
  // It becomes part of containers' names, and a name that others find it by.
  if (!/^[a-zA-Z0-9](?:[-_.a-zA-Z0-9]{0,61}[a-zA-Z0-9])?$/.test(name)) throw badName(name);
  for (const constraint of placement.constraints) parseConstraint(constraint);
  for (const key of placement.spread) requirePreference(key);
  requireTimes(spec);
  autoscaleOf(spec);
  isRebalanced(spec);
  requireTemplates(container, spec);
  const named = byName(replica.networks.values());
  for (const { network, ipv4, ipv6, mac } of container.networks ?? []) {
    if (network === INGRESS) throw badNetwork(`the network ${INGRESS} is for published ports: no service names it`);
    if (named.has(network) && (ipv4 ?? ipv6 ?? mac) !== undefined)
      throw badNetwork(`tasks get their addresses on the network ${network} from the cluster: each has another`);
  }
  if (container.network !== "bridge" && container.ports.length > 0)
    throw badNetwork(`ports cannot be published: with the network ${container.network} tasks have none of their own`);
  const networks = container.networks ?? [];
  const isInternal = ({ network }: (typeof networks)[number]): boolean => named.get(network)?.internal === true;
  if (hasDoors(container) && networks.length > 0 && networks.every(isInternal))
    throw badNetwork("ports cannot be published: the networks of the service have no way out");
}

function requireTimes(spec: ServiceSpec): void {
  const schedule = scheduleOf(spec);
  if (schedule === undefined || nextRun(schedule, Date.now()) !== undefined) return;
  throw new EstibaError("invalid", {
    reason: "schedule.never",
    what: `no day is ever as "${schedule.cron}" says`,
    fix: "give it a day that comes",
  });
}

function badNetwork(what: string): EstibaError {
  return new EstibaError("invalid", {
    reason: "service.bad_network",
    what,
    fix: "name networks of your own, without addresses: --network NAME",
  });
}

function requireSame(before: ServiceSpec, after: ServiceSpec): void {
  const what =
    before.name !== after.name
      ? "renaming services is not supported"
      : modeName(before) !== modeName(after)
        ? "service mode change is not allowed"
        : undefined;
  if (what === undefined) return;
  throw new EstibaError("unsupported", {
    reason: "service.fixed",
    what,
    fix: "create another service, then remove this one",
  });
}

function badName(name: string): EstibaError {
  return new EstibaError("invalid", {
    reason: "service.bad_name",
    what: `"${name}" is not a name of up to 63 letters, digits, - _ and ., which begins and ends with one of the first two`,
    fix: "choose another name",
  });
}

function nameTaken(name: string): EstibaError {
  return new EstibaError("conflict", {
    reason: "service.name_taken",
    what: `name conflicts with an existing object: service "${name}" already exists`,
    fix: `change it: estiba service update ${name}, or remove it: estiba service rm ${name}`,
  });
}

function outOfSequence(): EstibaError {
  return new EstibaError("conflict", {
    reason: "service.out_of_sequence",
    what: "update out of sequence: somebody else has changed the service meanwhile",
    fix: "look at it, then try again",
    retryable: true,
  });
}
