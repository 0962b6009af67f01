import { EstibaError } from "../../lib/error.ts";
import type { Project } from "../project.ts";
import type { Service, ServiceNetwork } from "../service.ts";
import { digest } from "./hash.ts";
import { LABELS, type Naming } from "./names.ts";
import type { ObservedContainer, ObservedPod, ObservedState } from "./observed.ts";
import { removal } from "./removal.ts";
import type { Step } from "./step.ts";
import type { UpRequest } from "./up-request.ts";

/** Services that are one pod: those of all enabled ones, whichever are asked for. */
export type ProjectPod = {
  readonly services: Readonly<Record<string, Service>>;
  /** Names that links of any service give to one of them. */
  readonly links: readonly string[];
};

/** The pods of a project, by their names in the file. */
export type ProjectPods = Readonly<Record<string, ProjectPod>>;

/** What is the pod's where containers share its network and its name. */
export const SHARED: readonly (keyof Service)[] = [
  "dns",
  "dns_opt",
  "dns_search",
  "domainname",
  "extra_hosts",
  "hostname",
  "mac_address",
  "networks",
  "ports",
  "sysctls",
];

/** The real name of a pod. */
export function podName({ project, separator }: Naming, key: string): string {
  return [project, key].join(separator);
}

/** Tells whether a pod was made from its services as they are now. */
export function podHash({ services, links }: ProjectPod): string {
  const parts = Object.entries(services).map(([name, service]) => [
    name,
    Object.fromEntries([...SHARED, "container_name" as const].map((key) => [key, service[key]])),
  ]);
  return digest({ services: Object.fromEntries(parts), links });
}

/** One service that stands for all of a pod where it meets the network. The loader has refused what contradicts itself. */
export function podService({ services }: ProjectPod): Service {
  const all = Object.values(services);
  const networks: Record<string, ServiceNetwork | null> = {};
  for (const service of all)
    for (const [key, network] of Object.entries(service.networks ?? {}))
      networks[key] = { ...networks[key], ...network };
  const listed = (key: "dns" | "dns_opt" | "dns_search" | "extra_hosts"): Partial<Service> => {
    const values = [...new Set(all.flatMap((service) => service[key] ?? []))];
    return values.length === 0 ? {} : { [key]: values };
  };
  const single = (key: "hostname" | "domainname" | "mac_address"): Partial<Service> => {
    const value = all.find((service) => service[key] !== undefined)?.[key];
    return value === undefined ? {} : { [key]: value };
  };
  return {
    command: null,
    entrypoint: null,
    networks,
    ...listed("dns"),
    ...listed("dns_opt"),
    ...listed("dns_search"),
    ...listed("extra_hosts"),
    ...single("hostname"),
    ...single("domainname"),
    ...single("mac_address"),
    sysctls: Object.assign({}, ...all.map(({ sysctls }) => sysctls ?? {})) as Readonly<Record<string, string>>,
  };
}

/** What becomes of the pods. */
export type PodPlan = {
  readonly steps: readonly Step[];
  /** By their names in the file, the ids of those that stay as they are. */
  readonly staying: ReadonlyMap<string, string>;
  /** Ids of those that are made anew: their containers go first. */
  readonly remade: ReadonlySet<string>;
};

/** Steps for pods. Throws `wrong_state` where containers of services that were not asked for would have to go, `conflict` for a name in use. */
export function planPods(
  project: Project,
  observed: ObservedState,
  { remade: networks, request }: { readonly remade: ReadonlySet<string>; readonly request: UpRequest },
): PodPlan {
  const steps: Step[] = [];
  const staying = new Map<string, string>();
  const remade = new Set<string>();
  const isAsked = (name: string): boolean =>
    Object.hasOwn(project.services, name) && request.leave?.includes(name) !== true;
  for (const [key, pod] of Object.entries(request.pods)) {
    if (!Object.keys(pod.services).some(isAsked)) continue;
    const name = podName(request.naming, key);
    const there = observed.pod(name);
    if (there !== undefined && there.labels[LABELS.project] !== project.name) throw notOurs(there);
    const moved = Object.keys(podService(pod).networks ?? {}).some((one) =>
      networks.has(project.networks[one]?.name ?? one),
    );
    if (there !== undefined && (request.recreate === "never" || (isWhole(there, pod) && !moved))) {
      staying.set(key, there.id);
      continue;
    }
    const ground = Object.keys(podService(pod).networks ?? {}).map((network) => `network:${network}`);
    if (there !== undefined) {
      remade.add(there.id);
      const members = observed.containers.filter((container) => container.pod === there.id);
      const strangers = members.filter(({ service, oneOff, helper }) => oneOff || helper || !isAsked(service));
      refuseUnasked(there, strangers, request.known);
      steps.push(...strangers.flatMap((container) => removal(container, { volumes: false })));
      const why = [{ path: `definition of pod ${key}` }];
      const after = members.map(({ id }) => `remove:${id}`);
      steps.push({ id: `remove-pod:${key}`, after, action: { kind: "remove-pod", name }, why });
    }
    steps.push({
      id: `pod:${key}`,
      after: [...ground, `remove-pod:${key}`],
      action: { kind: "create-pod", key, name },
    });
  }
  return { steps, staying, remade };
}

/** One that lost its infra container on the way out is none any more. */
function isWhole({ labels, infraId }: ObservedPod, pod: ProjectPod): boolean {
  return infraId !== undefined && labels[LABELS.configHash] === podHash(pod);
}

function refuseUnasked(pod: ObservedPod, members: readonly ObservedContainer[], known: readonly string[]): void {
  const unasked = members.filter(({ service, oneOff, helper }) => !oneOff && !helper && known.includes(service));
  if (unasked.length === 0) return;
  const names = [...new Set(unasked.map(({ service }) => service))].join(", ");
  throw new EstibaError("wrong_state", {
    reason: "compose.pod_changed",
    what: `the pod ${pod.name} has changed, and so has to be made anew with ${names}, which were not asked for`,
    fix: "name no service, or all of the pod",
  });
}

function notOurs({ name, labels }: ObservedPod): EstibaError {
  const other = labels[LABELS.project];
  return new EstibaError("conflict", {
    reason: "compose.pod_taken",
    what: `a pod with the name ${name} exists, but ${other === undefined ? "was not made by Compose" : `is of the project "${other}"`}`,
    fix: `remove it (estiba pod rm ${name}), or give the project another name`,
  });
}

/** Steps that end what holds pods together, once every container in them is stopped by one of the steps given. */
export function podStops(
  pods: readonly ObservedPod[],
  all: readonly ObservedContainer[],
  steps: readonly Step[],
): Step[] {
  const stopping = new Map(steps.flatMap(({ id, action }) => ("id" in action ? [[action.id, id] as const] : [])));
  return pods.flatMap(({ id, name, infraId, isUp }): Step[] => {
    const members = all.filter(({ pod }) => pod === id);
    const running = members.filter(({ status }) => status !== "created" && status !== "exited");
    if (infraId === undefined || !isUp || !running.every((member) => stopping.has(member.id))) return [];
    const after = members.flatMap((member) => stopping.get(member.id) ?? []);
    return [{ id: `stop-pod:${name}`, after, action: { kind: "stop-pod", id: infraId, name } }];
  });
}
