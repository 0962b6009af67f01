import type { Project } from "../project.ts";
import type { Dependency, Service } from "../service.ts";

/** The services that a service waits for and that are part of the project now. */
export function dependenciesOf(project: Project, service: Service): [name: string, dependency: Dependency][] {
  return Object.entries(service.depends_on ?? {}).filter(([name]) => Object.hasOwn(project.services, name));
}

/** Services before those that depend on them, by name where that does not decide. The loader has refused cycles. */
export function dependencyOrder(project: Project): string[] {
  const order = new Set<string>();
  const visit = (name: string): void => {
    const service = project.services[name];
    if (order.has(name) || service === undefined) return;
    for (const [dependency] of dependenciesOf(project, service)) visit(dependency);
    order.add(name);
  };
  for (const name of Object.keys(project.services).toSorted()) visit(name);
  return [...order];
}

/** The services that depend on one of those given, directly or through others; not those themselves. */
export function dependentsOf(dependencies: ReadonlyMap<string, readonly string[]>, of: readonly string[]): string[] {
  const found = new Set(of);
  for (let before = -1; before !== found.size; ) {
    before = found.size;
    for (const [name, needed] of dependencies) if (needed.some((other) => found.has(other))) found.add(name);
  }
  return [...found].filter((name) => !of.includes(name));
}

/** The service whose namespace or network a mode such as `service:db` names. */
export function joinedService(mode: string | undefined): string | undefined {
  return mode?.startsWith("service:") === true ? mode.slice("service:".length) : undefined;
}

/** The services whose namespaces a service joins. */
export function joinedServices({ network_mode, ipc, pid, uts, cgroup, userns_mode }: Service): string[] {
  const modes = [network_mode, ipc, pid, uts, cgroup, userns_mode];
  return [...new Set(modes.flatMap((mode) => joinedService(mode) ?? []))];
}

/** The services whose volumes a service mounts. */
export function volumeProviders({ volumes_from = [] }: Service): string[] {
  return volumes_from.filter((text) => !text.startsWith("container:")).map((text) => text.split(":")[0] ?? "");
}
