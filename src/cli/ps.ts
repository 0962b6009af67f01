import { containerFilter } from "../engine/container-filter.ts";
import { type ContainerSummary, summarizeContainers } from "../engine/list.ts";
import { isRunning } from "../engine/status.ts";
import { type ContainerRow, containerJson, containerRow } from "../views/container-row.ts";
import { type Command, defineCommand } from "./command.ts";
import { badOption } from "./container/bad-option.ts";

const HEADERS: Readonly<Record<string, string>> = {
  ID: "CONTAINER ID",
  RunningFor: "CREATED",
  CreatedHuman: "CREATED",
  ImageID: "IMAGE ID",
  CreatedAt: "CREATED AT",
};
const DEFAULT_FORMAT = "table {{.ID}} {{.Image}} {{.Command}} {{.CreatedHuman}} {{.Status}} {{.Ports}} {{.Names}}";
const SORTS: Readonly<Record<string, (row: ContainerRow) => string | number>> = {
  command: (row) => row.Command,
  created: (row) => row.CreatedAt,
  id: (row) => row.ID,
  image: (row) => row.Image,
  names: (row) => row.Names,
  runningfor: (row) => row.StartedAt,
  status: (row) => row.Status,
};

export const command: Command = defineCommand({
  name: "ps",
  summary: "List containers",
  usage: "[OPTIONS]",
  options: {
    all: { kind: "flag", short: "a", help: "Those that do not run, too" },
    filter: {
      kind: "list",
      short: "f",
      value: "KEY=VALUE",
      help: "Only what fits, such as status=exited or label=KEY=VALUE",
    },
    format: { kind: "string", value: "TEMPLATE", help: "json, or a Go template, such as '{{.Names}} {{.Status}}'" },
    last: { kind: "integer", short: "n", value: "N", help: "Only the N created last, whatever their state" },
    latest: { kind: "flag", short: "l", help: "Only the one created last" },
    "no-trunc": { kind: "flag", help: "Show whole ids and commands" },
    noheading: { kind: "flag", help: "Leave the headings out" },
    quiet: { kind: "flag", short: "q", help: "Show ids only" },
    sort: { kind: "string", value: "FIELD", help: "Order by a field", choices: Object.keys(SORTS) },
  },
  args: [0, 0],
  examples: [
    ["estiba ps", "what runs"],
    ["estiba ps -aq --filter status=exited", "ids of what has ended"],
    ["estiba ps --format '{{.Names}}: {{.Status}}'", "a line of one's own"],
  ],
  async run(values, _args, cli) {
    const now = Date.now();
    const wantsAll =
      values.all ||
      values.latest ||
      values.last !== undefined ||
      values.filter.some((text) => text.startsWith("status="));
    if (values.last !== undefined && values.last < 0)
      throw badOption("--last", String(values.last), "a number of containers");
    const matches = containerFilter(cli.engine(), values.filter);
    const newestFirst = summarizeContainers(cli.engine()).toReversed();
    const shown = newestFirst
      .filter((container) => (wantsAll || isRunning(container)) && matches(container))
      .slice(0, values.latest ? 1 : (values.last ?? undefined));
    const listed = sorted(shown, values.sort, now);
    if (values.format === "json") {
      cli.out(
        `${JSON.stringify(
          listed.map((container) => containerJson(container, now)),
          null,
          2,
        )}\n`,
      );
      return 0;
    }
    const rows = listed.map((container) => containerRow(container, now, values["no-trunc"]));
    if (values.quiet && values.format === undefined) {
      cli.out(rows.map(({ ID }) => `${ID}\n`).join(""));
      return 0;
    }
    const { renderTable } = await import("./table.ts");
    cli.out(renderTable(values.format ?? DEFAULT_FORMAT, rows, { headers: HEADERS, noHeading: values.noheading }));
    return 0;
  },
});

function sorted(containers: readonly ContainerSummary[], field: string | undefined, now: number): ContainerSummary[] {
  const key = field === undefined ? undefined : SORTS[field];
  if (key === undefined) return [...containers];
  const keyed = containers.map((container) => ({ container, key: key(containerRow(container, now, true)) }));
  return keyed.toSorted((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0)).map(({ container }) => container);
}
