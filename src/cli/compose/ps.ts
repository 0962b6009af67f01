import type { Engine } from "../../engine/engine.ts";
import { type PodShare, podShares } from "../../engine/pod/list.ts";
import { isUp } from "../../engine/status.ts";
import { composeRow } from "../../views/compose-row.ts";
import { type Command, defineCommand, type Values } from "../command.ts";
import { badOption } from "../container/bad-option.ts";
import { containersOf, noSuchService, type ProjectContainer } from "./containers.ts";
import { openSession } from "./session.ts";

const STATES = ["paused", "restarting", "removing", "running", "dead", "created", "exited"];
const COLUMNS = "table {{.Name}}\t{{.Image}}\t{{.Command}}\t{{.Service}}\t{{.RunningFor}}\t{{.Status}}\t{{.Ports}}";
const HEADERS: Readonly<Record<string, string>> = { RunningFor: "CREATED" };

const PS_OPTIONS = {
  all: { kind: "flag", short: "a", help: "Those that do not run, and one-offs, too" },
  cluster: { kind: "flag", help: "List the tasks of the project's stack on the cluster" },
  filter: { kind: "string", value: "status=STATE", help: "Only containers in a state" },
  format: { kind: "string", value: "TEMPLATE", help: "table, json, or a Go template" },
  "no-trunc": { kind: "flag", help: "Show whole ids and commands" },
  orphans: { kind: "flag", on: true, help: "Those of services that the files do not have, too" },
  quiet: { kind: "flag", short: "q", help: "Show ids only" },
  services: { kind: "flag", help: "Show the names of services only" },
  status: { kind: "list", value: "STATE", choices: STATES, help: "Only containers in these states" },
} as const;

export const command: Command = defineCommand({
  name: "compose ps",
  summary: "List a project's containers",
  usage: "[OPTIONS] [SERVICE...]",
  options: PS_OPTIONS,
  args: [0, Number.POSITIVE_INFINITY],
  examples: [
    ["estiba compose ps", "what runs"],
    ["estiba compose ps -a --format json", "all, a line of JSON each"],
  ],
  async run(values, services, cli) {
    const session = openSession(cli);
    const { loaded, naming } = await session.loadIfThere();
    const known = loaded?.declaredServices;
    const all = containersOf(session, naming.project);
    for (const service of services) {
      if (known?.includes(service) !== true && !all.some((container) => container.service === service))
        throw noSuchService(service, known ?? []);
    }
    const shown = all.filter(
      (container) =>
        (services.length === 0 || services.includes(container.service)) &&
        (values.orphans || known === undefined || known.includes(container.service)) &&
        isShown(container, values),
    );
    cli.out(await listing(withPods(cli.engine(), shown), values));
    return 0;
  },
});

type Listed = ProjectContainer & { readonly pod?: PodShare | undefined };

function withPods(engine: Engine, containers: readonly ProjectContainer[]): Listed[] {
  const pods = podShares(engine, containers);
  return containers.map((container) => ({ ...container, pod: pods.get(container.record.id) }));
}

type PsValues = Values<typeof PS_OPTIONS>;

function isShown(container: ProjectContainer, { all, status, filter }: PsValues): boolean {
  const states = [...status, ...stateOfFilter(filter)];
  if (states.length > 0) return states.includes(container.status);
  if (all) return true;
  const shown = isUp(container) || container.status === "paused" || container.dueAt !== undefined;
  return !container.oneOff && !container.helper && shown;
}

function stateOfFilter(filter: string | undefined): string[] {
  if (filter === undefined) return [];
  const [, state] = /^status=(\w+)$/.exec(filter) ?? [];
  if (state === undefined || !STATES.includes(state))
    throw badOption("--filter", filter, "status=STATE", `states: ${STATES.join(", ")}`);
  return [state];
}

async function listing(containers: readonly Listed[], values: PsValues): Promise<string> {
  const lines = (texts: readonly string[]): string => texts.map((text) => `${text}\n`).join("");
  if (values.quiet) return lines(containers.map(({ record }) => record.id));
  if (values.services) return lines([...new Set(containers.map(({ service }) => service))]);
  const now = Date.now();
  const rows = containers.map((container) => composeRow(container, now, values["no-trunc"]));
  if (values.format === "json") return lines(rows.map((row) => JSON.stringify(row)));
  const { chosenFormat, renderTable } = await import("../table.ts");
  const format = values.format ?? (await configuredFormat());
  return renderTable(chosenFormat(format, COLUMNS), rows, { headers: HEADERS, name: "ps" });
}

/** Docker's `psFormat` of its config.json. */
async function configuredFormat(): Promise<string | undefined> {
  const { join } = await import("node:path");
  const folder = process.env["DOCKER_CONFIG"] ?? join(process.env["HOME"] ?? "/root", ".docker");
  const file = Bun.file(join(folder, "config.json"));
  if (!(await file.exists())) return undefined;
  const { psFormat } = (await file.json()) as { psFormat?: unknown };
  return typeof psFormat === "string" && psFormat !== "" ? psFormat : undefined;
}
