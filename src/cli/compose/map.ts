import type { Loaded } from "../../compose/load.ts";
import { LABELS } from "../../compose/plan/names.ts";
import { mapLabelled } from "../../engine/map/map.ts";
import { humanDuration } from "../../lib/duration.ts";
import type { MapService } from "../../views/map/services.ts";
import { type Command, defineCommand } from "../command.ts";
import { MAP_OPTIONS, printMap } from "../map.ts";
import { containersOf, type ProjectContainer } from "./containers.ts";
import { openSession } from "./session.ts";

export const command: Command = defineCommand({
  name: "compose map",
  summary: "Draw a project: what its services need, and what its containers share",
  usage: "[OPTIONS]",
  description:
    "First the services, each above what it needs, with how its containers are; then these as `estiba map` draws them:\nprocesses, namespaces, cgroups, image layers, networks, addresses and ports, volumes. Also without the project's files.",
  options: MAP_OPTIONS,
  args: [0, 0],
  complete: "none",
  examples: [
    ["estiba compose map", "on the terminal"],
    ["estiba compose map --svg shop.svg", "as a picture for a browser"],
  ],
  async run(values, _args, cli) {
    const session = openSession(cli);
    const { loaded, naming } = await session.loadIfThere();
    const services = servicesOf(loaded, containersOf(session, naming.project));
    const map = mapLabelled(cli.engine(), LABELS.project, naming.project);
    return await printMap(cli, values.svg, { map, project: { name: naming.project, services } });
  },
});

/** The services of the files, and those that only have containers. */
function servicesOf(loaded: Loaded | undefined, containers: readonly ProjectContainer[]): MapService[] {
  const replicas = containers.filter(({ oneOff, helper }) => !oneOff && !helper);
  const byService = Map.groupBy(replicas, ({ service }) => service);
  const names = [...Object.keys(loaded?.project.services ?? {}), ...byService.keys()];
  return [...new Set(names)].toSorted().map((name) => {
    const own = byService.get(name) ?? [];
    const written = loaded?.project.services[name];
    const edges =
      written === undefined
        ? edgesOfLabel(own[0]?.record.labels[LABELS.dependsOn] ?? "")
        : Object.entries(written.depends_on ?? {}).map(([other, { condition }]) => [other, condition] as const);
    return {
      name,
      needs: edges.map(([other, condition]) => ({ name: other, want: wantOf(condition) })),
      state: stateOf(own),
    };
  });
}

/** `dep:condition:restart,...` */
function edgesOfLabel(label: string): (readonly [name: string, condition: string])[] {
  const parts = label.split(",").map((text) => text.split(":"));
  return parts.flatMap(([name = "", condition = ""]) => (name === "" ? [] : [[name, condition] as const]));
}

function wantOf(condition: string): string {
  return { service_healthy: "healthy", service_completed_successfully: "completed" }[condition] ?? "";
}

/** `2 running, healthy` */
function stateOf(containers: readonly ProjectContainer[]): string {
  if (containers.length === 0) return "none";
  const counts = Map.groupBy(containers, ({ status, exit }) =>
    status === "exited" ? `exited (${exit?.code ?? 0})` : status,
  );
  const health = new Set(containers.flatMap(({ state }) => state?.health?.status ?? []));
  const worst = ["unhealthy", "starting", "healthy"].find((word) => health.has(word as "healthy"));
  const due = containers.find(({ dueAt }) => dueAt !== undefined)?.dueAt;
  return [
    ...[...counts].map(([status, of]) => `${of.length} ${status}`),
    ...(worst === undefined ? [] : [worst]),
    ...(due === undefined ? [] : [`next in ${humanDuration(Math.max(0, due - Date.now())).toLowerCase()}`]),
  ].join(", ");
}
