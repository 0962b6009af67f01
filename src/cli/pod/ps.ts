import { podFilter } from "../../engine/pod/filter.ts";
import { type PodSummary, summarizePods } from "../../engine/pod/list.ts";
import { EstibaError } from "../../lib/error.ts";
import { podJson, podRow } from "../../views/pod.ts";
import { type Command, defineCommand, type Values } from "../command.ts";
import { SELECT_PODS } from "./select.ts";

const HEADERS: Readonly<Record<string, string>> = {
  Id: "POD ID",
  InfraID: "INFRA ID",
  InfraId: "INFRA ID",
  NumberOfContainers: "# OF CONTAINERS",
  ContainerIds: "IDS",
  ContainerNames: "NAMES",
  ContainerStatuses: "STATUS",
};
const COLUMNS = "table {{.Id}}\t{{.Name}}\t{{.Status}}\t{{.Created}}\t{{.InfraID}}";

type Key = (pod: PodSummary) => string | number;

const SORTS: Readonly<Record<string, Key>> = {
  // The newest first, as Podman has them.
  created: ({ pod }) => -pod.createdAt,
  id: ({ pod }) => pod.id,
  name: ({ pod }) => pod.name,
  number: ({ members }) => members.length,
  status: ({ status }) => status,
};

const OPTIONS = {
  "ctr-ids": { kind: "flag", help: "Show the ids of their containers" },
  "ctr-names": { kind: "flag", help: "Show the names of their containers" },
  "ctr-status": { kind: "flag", help: "Show the states of their containers" },
  filter: {
    kind: "list",
    short: "f",
    value: "KEY=VALUE",
    help: "Only what fits: ctr-ids, ctr-names, ctr-number, ctr-status, id, label, label!, name, network, status, until",
  },
  format: { kind: "string", value: "TEMPLATE", help: "json, or a Go template, such as '{{.Name}} {{.Status}}'" },
  latest: SELECT_PODS.latest,
  "no-trunc": { kind: "flag", help: "Show whole ids" },
  noheading: { kind: "flag", help: "Leave the headings out" },
  ns: { kind: "flag", aliases: ["namespace"], help: "Show cgroup parent and shared namespaces" },
  quiet: { kind: "flag", short: "q", help: "Show ids only" },
  sort: { kind: "string", value: "FIELD", help: "Order by a field (default created)", choices: Object.keys(SORTS) },
} as const;

export const command: Command = defineCommand({
  name: "pod ps",
  summary: "List pods",
  usage: "[OPTIONS]",
  options: OPTIONS,
  args: [0, 0],
  examples: [
    ["estiba pod ps", "all of them"],
    ["estiba pod ps --ctr-names --filter status=degraded", "those of which not all runs, with their containers"],
  ],
  async run(values, _args, cli) {
    if (values.quiet && values.format !== undefined) throw quietAndFormat();
    const engine = cli.engine();
    const fits = podFilter(engine, values.filter);
    const key = SORTS[values.sort ?? "created"] ?? (() => 0);
    const all = summarizePods(engine)
      .filter((pod) => fits(pod))
      .toReversed();
    const pods = (values.latest ? all.slice(0, 1) : all).toSorted((a, b) =>
      key(a) < key(b) ? -1 : key(a) > key(b) ? 1 : 0,
    );
    if (values.format === "json") {
      cli.out(`${JSON.stringify(pods.map(podJson), null, 2)}\n`);
      return 0;
    }
    const rows = pods.map((pod) => podRow(pod, Date.now(), values["no-trunc"]));
    if (values.quiet) {
      cli.out(rows.map(({ Id }) => `${Id}\n`).join(""));
      return 0;
    }
    const { chosenFormat, renderTable } = await import("../table.ts");
    const options = { headers: HEADERS, noHeading: values.noheading, name: "pod ps" };
    cli.out(renderTable(chosenFormat(values.format, defaultFormat(values)), rows, options));
    return 0;
  },
});

function defaultFormat(values: Values<typeof OPTIONS>): string {
  const { "ctr-ids": ids, "ctr-names": names, "ctr-status": statuses } = values;
  return [
    COLUMNS,
    ...(values.ns ? ["{{.Cgroup}}", "{{.Namespaces}}"] : []),
    ...(ids ? ["{{.ContainerIds}}"] : []),
    ...(names ? ["{{.ContainerNames}}"] : []),
    ...(statuses ? ["{{.ContainerStatuses}}"] : []),
    ...(ids || names || statuses ? [] : ["{{.NumberOfContainers}}"]),
  ].join("\t");
}

function quietAndFormat(): EstibaError {
  return new EstibaError("invalid", {
    reason: "cli.options_conflict",
    what: "quiet and format cannot be used together",
    fix: "leave one of them out",
  });
}
