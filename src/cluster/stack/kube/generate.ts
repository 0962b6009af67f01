import type { ConfigMap, PersistentVolumeClaim } from "kubernetes-types/core/v1";
import { kubeName } from "../../../kube/generate/context.ts";
import { claimOf, documentsOf } from "../../../kube/generate/generate.ts";
import { objectName, templateOf } from "./pod.ts";
import { servicesOf } from "./services.ts";
import type { KubeService, KubeStack } from "./source.ts";
import { workloadOf } from "./workload.ts";

/** A stack in YAML of Kubernetes. */
export type KubeFiles = {
  readonly text: string;
  /** Secrets that it names, and does not have. */
  readonly secrets: readonly string[];
  /** What has no counterpart, a sentence each. */
  readonly warnings: readonly string[];
};

/** What Kubernetes would have of a stack: its objects by the names that its services are found by. Pure. */
export function stackYaml(stack: KubeStack): KubeFiles {
  const warnings: string[] = [];
  const configMaps = new Map<string, ConfigMap>();
  const services: object[] = [];
  const workloads: object[] = [];
  tellOfStack(stack, warnings);
  for (const service of stack.services) {
    const warn = (text: string): void => void warnings.push(`${service.name}: ${text}`);
    const template = templateOf(stack, service, warnings);
    for (const [name, map] of template.configMaps) configMaps.set(name, map);
    services.push(...servicesOf(service, template.labels, warn));
    workloads.push(workloadOf(service, template, warn));
    if ((service.needs ?? []).length > 0) warn("Kubernetes does not wait for what a service depends on");
  }
  const files = stack.services.flatMap(({ spec }) => spec.files ?? []);
  const secrets = new Set(files.flatMap(({ kind, name }) => (kind === "secret" ? [kubeName(name)] : [])));
  const objects = [...configMaps.values(), ...claimsOf(stack), ...services, ...workloads];
  return { text: documentsOf(objects), secrets: [...secrets], warnings: [...new Set(warnings)] };
}

function claimsOf({ services, external }: KubeStack): PersistentVolumeClaim[] {
  const claims = new Map<string, PersistentVolumeClaim>();
  for (const mount of services.flatMap(({ spec }) => spec.container.mounts)) {
    if (mount.type !== "volume" || mount.source === undefined || external.has(mount.source)) continue;
    const name = kubeName(mount.source);
    claims.set(name, claimOf({ name, labels: {}, options: mount.options ?? {} }));
  }
  return [...claims.values()];
}

function tellOfStack(stack: KubeStack, warnings: string[]): void {
  const names = stack.services.map(({ name }) => objectName(name));
  const twice = names.filter((name, index) => names.indexOf(name) !== index);
  if (twice.length > 0) warnings.push(`several services are called ${twice.join(", ")} in Kubernetes: rename one`);
  const networks = new Set(stack.services.flatMap(networksOf));
  if (networks.size > 1)
    warnings.push("pods of all networks reach each other: write a NetworkPolicy for those that must not");
  if (stack.services.some((service) => hasMany(service) && hasVolume(service)))
    warnings.push("volumes are not each node's own: a ReadWriteOnce claim keeps all pods that have it on one node");
}

function networksOf({ spec }: KubeService): string[] {
  return (spec.container.networks ?? []).map(({ network }) => network);
}

function hasMany({ spec: { mode } }: KubeService): boolean {
  return mode.kind === "global" || (mode.kind === "replicated" && mode.replicas > 1);
}

function hasVolume({ spec }: KubeService): boolean {
  return spec.container.mounts.some(({ type }) => type === "volume");
}
