import type { Project } from "../project.ts";
import type { Service } from "../service.ts";
import { containerName, type Naming } from "./names.ts";

/** Which of a service's containers it is; 0 for a one-off, which uses the volumes of the first. */
type Replica = { readonly name: string; readonly number: number };

/** A service as one of its containers has it: with what `x-estiba.replica` says for that one. */
export function replicaOf(project: Project, { name, number }: Replica): Service {
  const service = project.services[name] as Service;
  const own = service["x-estiba"]?.replica;
  if (own === undefined) return service;
  const fill = (text: string): string => fillIn(text, { Index: String(number), Service: name, Project: project.name });
  const separate = new Set(own.volumes);
  const volumes = service.volumes?.map((mount) =>
    mount.type === "volume" && mount.source !== undefined && separate.has(mount.source)
      ? { ...mount, source: replicaVolume(project, mount.source, Math.max(number, 1)) }
      : mount,
  );
  const placed = { ...service, ...(volumes === undefined ? {} : { volumes }) };
  if (number === 0) return placed;
  const variables = Object.entries(own.environment ?? {}).map(([key, value]) => [
    key,
    value === null ? null : fill(value),
  ]);
  return {
    ...placed,
    ...(own.container_name === undefined ? {} : { container_name: fill(own.container_name) }),
    ...(own.hostname === undefined ? {} : { hostname: fill(own.hostname) }),
    ...(variables.length === 0 ? {} : { environment: { ...service.environment, ...Object.fromEntries(variables) } }),
  };
}

/** The name of one of a service's containers. */
export function replicaName(naming: Naming, project: Project, { name, number }: Replica): string {
  const service = project.services[name];
  const own = service === undefined ? undefined : replicaOf(project, { name, number }).container_name;
  return containerName(naming, name, number, own);
}

/** What may stand in double braces. */
export const REPLICA_WORDS = ["Index", "Service", "Project"] as const;
export const BRACES: RegExp = /\{\{\s*\.?(\w*)\s*\}\}/g;

function fillIn(text: string, words: Readonly<Record<(typeof REPLICA_WORDS)[number], string>>): string {
  return text.replace(BRACES, (all, word: string) => (words as Readonly<Record<string, string>>)[word] ?? all);
}

/** The real name of the volume that one container has instead of the one that all would share. */
export function replicaVolume(project: Project, key: string, number: number): string {
  return `${project.volumes[key]?.name ?? key}-${number}`;
}

/** Whether every service that mounts a volume has one for each of its containers. */
export function onlySeparate({ services }: Project, key: string): boolean {
  const users = Object.values(services).filter(({ volumes = [] }) => volumes.some(({ source }) => source === key));
  return users.length > 0 && users.every((service) => service["x-estiba"]?.replica?.volumes?.includes(key) === true);
}

/** The id of the step that makes a container's own volume. */
export function separateVolumeId(key: string, number: number): string {
  return `volume:${key}:${number}`;
}

/** The ids of the steps that make all of them. */
export function separateVolumes(service: Service, number: number): string[] {
  return (service["x-estiba"]?.replica?.volumes ?? []).map((key) => separateVolumeId(key, number));
}
