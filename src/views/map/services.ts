import { fit } from "./marks.ts";

/** A service of a project as the picture shows it. */
export type MapService = {
  readonly name: string;
  /** What it waits for, with what it wants of that: `healthy`, `completed`; empty for the start alone. */
  readonly needs: readonly { readonly name: string; readonly want: string }[];
  /** How its containers are, in a few words. */
  readonly state: string;
};

/** A project with its services. */
export type MapProject = { readonly name: string; readonly services: readonly MapService[] };

const LABEL = 46;
const STATE = 33;

/** What services need, as a tree in text: each with what it needs below it, once; no line wider than 80 columns. Pure. */
export function servicesText({ name: project, services }: MapProject): string[] {
  if (services.length === 0) return [];
  const byName = new Map(services.map((service) => [service.name, service]));
  const shown = new Set<string>();
  const lines: string[] = [];
  const draw = (name: string, first: string, below: string): void => {
    const service = byName.get(name);
    const again = shown.has(name) && (service?.needs.length ?? 0) > 0;
    lines.push(`${fit(`${first}${again ? " (see above)" : ""}`, LABEL)} ${fit(service?.state ?? "not here", STATE)}`);
    if (shown.has(name)) return;
    shown.add(name);
    const needs = service?.needs ?? [];
    for (const [index, need] of needs.entries()) {
      const last = index === needs.length - 1;
      const label = need.want === "" ? need.name : `${need.name}, ${need.want}`;
      draw(need.name, `${below}${last ? "└─ " : "├─ "}${label}`, `${below}${last ? "   " : "│  "}`);
    }
  };
  for (const name of topFirst(services)) if (!shown.has(name)) draw(name, name, "");
  return [`${fit(`SERVICES of ${project}, and what they need`, LABEL)} CONTAINERS`, ...lines];
}

/** By name, those first that nobody needs. */
function topFirst(services: readonly MapService[]): string[] {
  const needed = new Set(services.flatMap(({ needs }) => needs.map(({ name }) => name)));
  const names = services.map(({ name }) => name).toSorted();
  return [...names.filter((name) => !needed.has(name)), ...names.filter((name) => needed.has(name))];
}

/** How many others stand between a service and the top, at most; by name. Old labels may go in circles: those end at the number of services. */
export function depthsOf(services: readonly MapService[]): ReadonlyMap<string, number> {
  const depths = new Map(services.map(({ name }) => [name, 0]));
  for (let round = 0; round < services.length; round++) {
    for (const { name, needs } of services) {
      for (const need of needs) {
        const least = (depths.get(name) ?? 0) + 1;
        if (depths.has(need.name) && least < services.length)
          depths.set(need.name, Math.max(depths.get(need.name) ?? 0, least));
      }
    }
  }
  return depths;
}
