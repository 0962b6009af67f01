import type { Project } from "../project.ts";
import type { Service } from "../service.ts";
import { changesBetween } from "./compare.ts";
import { imageOf, type Naming } from "./names.ts";
import type { ObservedContainer, ObservedState } from "./observed.ts";
import { joinedServices, volumeProviders } from "./order.ts";
import { type PodPlan, podName } from "./pods.ts";
import { replicaOf } from "./replica.ts";
import type { Change } from "./step.ts";

/** Whether an existing container stays: when it fits, always, or never. */
export type RecreatePolicy = "diverged" | "never" | "force";

/** What a service is held against. */
export type Divergence = {
  readonly project: Project;
  readonly observed: ObservedState;
  readonly naming: Naming;
  readonly policy: RecreatePolicy;
  /** The hash that its containers have when they fit. */
  readonly hash: string;
  /** The reference of its image. */
  readonly image: string;
  /** Services whose containers are made anew. */
  readonly recreated: ReadonlySet<string>;
  /** Real names of networks and volumes that are made anew. */
  readonly remade: ReadonlySet<string>;
  readonly pods: PodPlan;
};

/** Why a container has to be made anew; nothing where it fits. */
export function whyRecreate(container: ObservedContainer, service: Service, held: Divergence): Change[] {
  if (held.policy === "never") return [];
  if (held.policy === "force") return [{ path: "--force-recreate" }];
  return [
    ...changedAttributes(container, service, held.hash),
    ...changedImage(container, held),
    ...changedMounts(container, service, held),
    ...changedPod(container, service, held),
    ...changedPlaces(container, service, held),
    ...changedParents(container, service, held),
  ];
}

function changedAttributes({ configHash, made }: ObservedContainer, service: Service, hash: string): Change[] {
  if (configHash === hash) return [];
  const changes = made === undefined ? [] : changesBetween(made, service);
  return changes.length > 0 ? changes : [{ path: "configuration", before: configHash, after: hash }];
}

function changedImage({ imageId }: ObservedContainer, { observed, image }: Divergence): Change[] {
  const now = observed.imageId(image);
  return now === undefined || now === imageId ? [] : [{ path: "image", before: short(imageId), after: short(now) }];
}

/** Images that it mounts, under names that now stand for others; a name may be that of a service. */
function changedMounts({ mountedImages }: ObservedContainer, service: Service, held: Divergence): Change[] {
  return (service.volumes ?? []).flatMap(({ type, source = "" }, index) => {
    if (type !== "image") return [];
    const other = held.project.services[source];
    const now = held.observed.imageId(other === undefined ? source : imageOf(held.naming, source, other));
    return now === undefined || mountedImages.includes(now) ? [] : [{ path: `volumes.${index}`, after: short(now) }];
  });
}

// A network or volume by another name, or made anew, leaves the container on the old one.
function changedPlaces(container: ObservedContainer, service: Service, { project, remade }: Divergence): Change[] {
  const networks = Object.keys(service.networks ?? {}).flatMap((key) => {
    const name = project.networks[key]?.name ?? key;
    return container.networks.includes(name) && !remade.has(name) ? [] : [{ path: `networks.${key}`, after: name }];
  });
  const { volumes: mounts = [] } = replicaOf(project, { name: container.service, number: container.number });
  const volumes = mounts.flatMap(({ type, source, target }) => {
    if (type !== "volume" || source === undefined) return [];
    const name = project.volumes[source]?.name ?? source;
    const used = container.volumes.find((volume) => volume.target === target);
    return used?.name === name && !remade.has(name)
      ? []
      : [{ path: `volumes.${source}`, before: used?.name, after: name }];
  });
  const own = service.network_mode === undefined && service["x-estiba"]?.pod === undefined;
  return own ? [...networks, ...volumes] : volumes;
}

function changedPod({ pod }: ObservedContainer, service: Service, { pods, naming }: Divergence): Change[] {
  const key = service["x-estiba"]?.pod;
  if (key === undefined || (pod !== undefined && pods.staying.get(key) === pod)) return [];
  return [{ path: `pod ${podName(naming, key)}` }];
}

function changedParents(container: ObservedContainer, service: Service, held: Divergence): Change[] {
  const replicas = (name: string): ObservedContainer[] =>
    held.observed.containers.filter((other) => other.service === name && !other.oneOff && !other.helper);
  const lenders = volumeProviders(service).flatMap((name) =>
    held.recreated.has(name) || replicas(name).length === 0 ? [{ path: `volumes of "${name}"` }] : [],
  );
  const joined = joinedServices(service).flatMap((name) => {
    const same = !held.recreated.has(name) && replicas(name).some(({ id }) => container.joins.includes(id));
    return same ? [] : [{ path: `container of "${name}"` }];
  });
  return [...lenders, ...joined];
}

function short(id: string): string {
  return id.slice(0, 12);
}
