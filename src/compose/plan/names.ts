import type { Service } from "../service.ts";

/** The labels by which other tools, and the next command, know what belongs to a project. Source: docker/compose, pkg/api/labels.go. */
export const LABELS = {
  project: "com.docker.compose.project",
  service: "com.docker.compose.service",
  number: "com.docker.compose.container-number",
  oneOff: "com.docker.compose.oneoff",
  configHash: "com.docker.compose.config-hash",
  image: "com.docker.compose.image",
  dependsOn: "com.docker.compose.depends_on",
  workingDir: "com.docker.compose.project.working_dir",
  configFiles: "com.docker.compose.project.config_files",
  environmentFile: "com.docker.compose.project.environment_file",
  version: "com.docker.compose.version",
  slug: "com.docker.compose.slug",
  replace: "com.docker.compose.replace",
  network: "com.docker.compose.network",
  volume: "com.docker.compose.volume",
  hook: "com.docker.compose.hook",
} as const;

/** The version that the labels name: of the behaviour, not of Estiba. */
export const COMPOSE_VERSION = "5.5.0";

/** How a project's things are named. */
export type Naming = { readonly project: string /** `-`, or `_` with --compatibility. */; readonly separator: string };

/** `<project>-<service>-<number>`, unless the file names it. */
export function containerName({ project, separator }: Naming, service: string, number: number, own?: string): string {
  return own ?? [project, service, String(number)].join(separator);
}

/** The reference that a service's image is found by, built or pulled. */
export function imageOf({ project, separator }: Naming, service: string, { image }: Service): string {
  return image ?? [project, service].join(separator);
}

/** How many containers a service has. */
export function replicasOf({ scale, deploy }: Service): number {
  return scale ?? deploy?.replicas ?? 1;
}

/** The group in which containers of a service share their host ports. */
export function portGroup({ project }: Naming, service: string): string {
  return `${project}_${service}`;
}

/** Whether a service has a port of the host by its number, which several containers can only have together. */
export function hasFixedPort({ ports = [] }: Service): boolean {
  return ports.some(({ published = "0" }) => /^[1-9]\d*$/.test(published));
}

/** Whether a container is started before the one whose place it takes is stopped. */
export function startsFirst({ deploy }: Service): boolean {
  return deploy?.update_config?.order === "start-first";
}

/** `dep:condition:restart,...`, as the label has it. */
export function dependsOnLabel({ depends_on = {} }: Service): string {
  return Object.entries(depends_on)
    .map(([name, { condition, restart = false }]) => `${name}:${condition}:${restart}`)
    .join(",");
}

/** Without the project's prefix, as logs and `up` name a container. */
export function shortName({ project, separator }: Naming, name: string): string {
  const prefix = `${project}${separator}`;
  return name.startsWith(prefix) ? name.slice(prefix.length) : name;
}
