import { EstibaError } from "../../lib/error.ts";
import type { NetworkConfig, Project, VolumeConfig } from "../project.ts";
import { resourceHash } from "./hash.ts";
import { LABELS } from "./names.ts";
import type { ObservedResource, ObservedState } from "./observed.ts";
import type { ServicePlan } from "./plan-service.ts";
import { onlySeparate, replicaVolume, separateVolumeId } from "./replica.ts";
import type { Change, Step } from "./step.ts";

/** Steps for networks and volumes, and what follows from them. */
export type ResourcePlan = {
  readonly steps: readonly Step[];
  /** Real names of those that are made anew. */
  readonly remade: ReadonlySet<string>;
  readonly warnings: readonly string[];
};

type Kind = "network" | "volume";

/** A volume whose definition has changed: making it anew loses its data, so somebody has to agree. */
export type ChangedVolume = { readonly key: string; readonly name: string };

/** The volumes of the project that are there with another definition. */
export function changedVolumes(project: Project, observed: ObservedState): ChangedVolume[] {
  return Object.entries(project.volumes).flatMap(([key, config]) => {
    if (onlySeparate(project, key)) return [];
    const there = observed.volume(config.name);
    return there !== undefined && differs(there, config) ? [{ key, name: config.name }] : [];
  });
}

/** What has to be made before the project's containers. Throws `not_found` for what is external and is not there. */
export function planResources(
  project: Project,
  observed: ObservedState,
  replaceVolumes: readonly string[],
): ResourcePlan {
  const steps: Step[] = [];
  const remade = new Set<string>();
  const warnings: string[] = [];
  for (const [key, config] of Object.entries(project.networks)) {
    // The engine's own, which are always there.
    if (config.external === true && ["host", "none", "bridge"].includes(config.name)) continue;
    const there = observed.network(config.name);
    if (there === undefined) steps.push(...create("network", key, config, []));
    else if (isForeign(project, there, config)) warnings.push(foreign("network", there, project));
    else if (differs(there, config)) {
      remade.add(config.name);
      const gone = { kind: "remove-network", name: config.name, users: there.users.map(({ id }) => id) } as const;
      steps.push({ id: `remove-network:${key}`, after: [], action: gone, why: changed(there, config) });
      steps.push(...create("network", key, config, [`remove-network:${key}`]));
    }
  }
  for (const [key, config] of Object.entries(project.volumes)) {
    if (onlySeparate(project, key)) continue;
    const there = observed.volume(config.name);
    if (there === undefined) steps.push(...create("volume", key, config, []));
    else if (isForeign(project, there, config)) warnings.push(foreign("volume", there, project));
    else if (differs(there, config) && replaceVolumes.includes(config.name)) {
      remade.add(config.name);
      const gone = { kind: "remove-volume", name: config.name } as const;
      steps.push({ id: `remove-volume:${key}`, after: [], action: gone, why: changed(there, config) });
      steps.push(...create("volume", key, config, [`remove-volume:${key}`]));
    }
  }
  return { steps, remade, warnings };
}

/** Creations of the volumes that the containers of a service have for themselves, where they are not there. Throws `not_found`. */
export function separateVolumeSteps(project: Project, observed: ObservedState, plan: ServicePlan): Step[] {
  const { service, kept, recreated, added } = plan;
  const numbers = [...kept, ...recreated.map(({ container }) => container), ...added].map(({ number }) => number);
  return (service["x-estiba"]?.replica?.volumes ?? []).flatMap((key) =>
    numbers.flatMap((number) => {
      const config = { ...project.volumes[key], name: replicaVolume(project, key, number) };
      if (observed.volume(config.name) !== undefined) return [];
      return create("volume", key, config, []).map((step) => ({ ...step, id: separateVolumeId(key, number) }));
    }),
  );
}

function create(kind: Kind, key: string, config: NetworkConfig | VolumeConfig, after: readonly string[]): Step[] {
  if (config.external === true) throw missing(kind, config.name);
  const action = { kind: kind === "network" ? "create-network" : "create-volume", key, name: config.name } as const;
  return [{ id: `${kind}:${key}`, after, action }];
}

function isForeign(project: Project, { labels }: ObservedResource, { external }: NetworkConfig): boolean {
  return external !== true && labels[LABELS.project] !== project.name;
}

// Those made by an earlier version, or by another tool, have no hash: they are taken as they are.
function differs({ labels }: ObservedResource, config: NetworkConfig | VolumeConfig): boolean {
  const made = labels[LABELS.configHash];
  return config.external !== true && made !== undefined && made !== resourceHash(config);
}

function changed({ labels, name }: ObservedResource, config: NetworkConfig | VolumeConfig): Change[] {
  return [{ path: `definition of ${name}`, before: labels[LABELS.configHash], after: resourceHash(config) }];
}

function foreign(kind: Kind, { name, labels }: ObservedResource, project: Project): string {
  const other = labels[LABELS.project];
  const owner =
    other === undefined
      ? "was not created by Compose"
      : `was created for project "${other}" (expected "${project.name}")`;
  return `a ${kind} with name ${name} exists but ${owner}. Set \`external: true\` to use an existing ${kind}`;
}

function missing(kind: Kind, name: string): EstibaError {
  return new EstibaError("not_found", {
    reason: `compose.no_external_${kind}`,
    what:
      kind === "network"
        ? `network ${name} declared as external, but could not be found`
        : `external volume "${name}" not found`,
    fix: `make it first: estiba ${kind} create ${name}`,
  });
}
