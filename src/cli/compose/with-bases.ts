import { type Loaded, loadProject } from "../../compose/load.ts";
import type { LoadOptions } from "../../compose/options.ts";
import type { Project } from "../../compose/project.ts";

/** A project, and the services that are in it only because others are made from their images: nothing of them is started. */
export type LoadedWithBases = Loaded & { readonly onlyBuilt: readonly string[] };

/**
 * Loads a project with the services whose images those selected need: as contexts of their builds, or mounted. The selection alone would
 * leave them out, since nobody depends on them.
 */
export async function loadWithBases(options: LoadOptions): Promise<LoadedWithBases> {
  const { services = [] } = options;
  let loaded = await loadProject(options);
  const first = new Set(Object.keys(loaded.project.services));
  if (services.length === 0) return { ...loaded, onlyBuilt: [] };
  const named = new Set(services);
  for (;;) {
    const missing = imagesNeeded(loaded.project).filter(
      (name) => loaded.declaredServices.includes(name) && !Object.hasOwn(loaded.project.services, name),
    );
    if (missing.length === 0) break;
    for (const name of missing) named.add(name);
    loaded = await loadProject({ ...options, services: [...named] });
  }
  return { ...loaded, onlyBuilt: Object.keys(loaded.project.services).filter((name) => !first.has(name)) };
}

function imagesNeeded({ services }: Project): string[] {
  return Object.values(services).flatMap(({ build, volumes = [] }) => [
    ...Object.values(build?.additional_contexts ?? {}).flatMap((context) =>
      context.startsWith("service:") ? [context.slice("service:".length)] : [],
    ),
    ...volumes.flatMap(({ type, source }) => (type === "image" && source !== undefined ? [source] : [])),
  ]);
}
