import { linked } from "./linked.ts";
import { LABELS } from "./names.ts";
import type { ObservedContainer, ObservedPod } from "./observed.ts";
import { dependentsOf } from "./order.ts";
import { removal } from "./removal.ts";
import type { Step } from "./step.ts";

/** What a `down` takes away. */
export type DownRequest = {
  /** Empty: all. */
  readonly services: readonly string[];
  readonly removeOrphans: boolean;
  /** Every service that is known; undefined without a file: then nothing is an orphan. */
  readonly known: readonly string[] | undefined;
  /** Real names. */
  readonly networks: readonly string[];
  readonly volumes: readonly string[];
  readonly pods: readonly ObservedPod[];
  readonly images: readonly string[];
  /** Anonymous volumes of the containers go too. */
  readonly anonymousVolumes: boolean;
  readonly providers: readonly string[];
};

/** Steps that take containers away, dependents before what they depend on, then networks, volumes and images. Pure. */
export function planDown(containers: readonly ObservedContainer[], request: DownRequest): Step[] {
  const edges = dependencyEdges(containers);
  const chosen =
    request.services.length === 0
      ? undefined
      : new Set([...request.services, ...dependentsOf(edges, request.services)]);
  const going = containers.filter(({ service, oneOff, helper }) => {
    if (chosen !== undefined) return chosen.has(service);
    return oneOff || helper || request.known === undefined || request.removeOrphans || request.known.includes(service);
  });
  const steps = going.flatMap((container) =>
    removal(container, { volumes: request.anonymousVolumes, after: dependentsGone(container, going, edges) }),
  );
  const gone = going.map(({ id }) => `remove:${id}`);
  const providers = request.providers.map(
    (service): Step => ({
      id: `provider:${service}`,
      after: gone,
      action: { kind: "provider", service, verb: "down" },
    }),
  );
  const staying = new Set(containers.filter((container) => !going.includes(container)).map(({ pod }) => pod));
  const pods = request.pods
    .filter(({ id }) => !staying.has(id))
    .map(({ name }): Step => ({ id: `pod:${name}`, after: gone, action: { kind: "remove-pod", name } }));
  const free = [...gone, ...pods.map(({ id }) => id)];
  return linked([
    ...steps,
    ...providers,
    ...pods,
    ...request.networks.map(
      (name): Step => ({ id: `network:${name}`, after: free, action: { kind: "remove-network", name, users: [] } }),
    ),
    ...request.volumes.map(
      (name): Step => ({ id: `volume:${name}`, after: gone, action: { kind: "remove-volume", name } }),
    ),
    ...request.images.map(
      (name): Step => ({ id: `image:${name}`, after: gone, action: { kind: "remove-image", name } }),
    ),
  ]);
}

/** By service: those it depends on, as its containers' labels say it. Works without a file. */
export function dependencyEdges(containers: readonly ObservedContainer[]): Map<string, string[]> {
  const edges = new Map<string, string[]>();
  for (const { service, labels } of containers) {
    const needed = (labels[LABELS.dependsOn] ?? "").split(",").map((text) => text.split(":")[0] ?? "");
    edges.set(service, [...(edges.get(service) ?? []), ...needed.filter((name) => name !== "")]);
  }
  return edges;
}

// It is stopped when those that depend on it are gone; of two that depend on each other by old labels, neither waits.
function dependentsGone(
  { id, service }: ObservedContainer,
  going: readonly ObservedContainer[],
  edges: ReadonlyMap<string, readonly string[]>,
): string[] {
  const dependents = new Set(dependentsOf(edges, [service]));
  const ours = new Set(edges.get(service));
  return going
    .filter((other) => other.joins.includes(id) || (dependents.has(other.service) && !ours.has(other.service)))
    .map((other) => `remove:${other.id}`);
}
