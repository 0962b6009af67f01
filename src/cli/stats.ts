import type { Engine } from "../engine/engine.ts";
import { summarizeContainers } from "../engine/list.ts";
import { requireCgroups } from "../engine/require-cgroups.ts";
import { type ContainerUsage, readUsage } from "../engine/stats.ts";
import { isRunning } from "../engine/status.ts";
import { EstibaError } from "../lib/error.ts";
import type { ContainerRecord } from "../state/container.ts";
import { findContainer, getContainer } from "../state/containers.ts";
import { type StatsRow, statsJson, statsRow } from "../views/stats-row.ts";
import { type Command, defineCommand } from "./command.ts";
import { badOption } from "./container/bad-option.ts";
import { SELECT_OPTIONS, selectContainers } from "./container/select.ts";
import type { Cli } from "./context.ts";
import { isJsonFormat } from "./format-options.ts";
import { fitColumns, liveScreen } from "./live-table.ts";
import { renderTable } from "./table.ts";

/** Headings of `stats` that are not just the field in words. */
export const STATS_HEADERS: Readonly<Record<string, string>> = {
  CPUPerc: "CPU %",
  AVGCPU: "AVG CPU %",
  MemUsage: "MEM USAGE / LIMIT",
  MemUsageBytes: "MEM USAGE / LIMIT",
  MemPerc: "MEM %",
  NetIO: "NET IO",
  BlockIO: "BLOCK IO",
  UpTime: "CPU TIME",
  PIDs: "PIDS",
};
/** What `stats` shows by itself. */
export const STATS_COLUMNS = [
  "ID",
  "Name",
  "CPUPerc",
  "MemUsage",
  "MemPerc",
  "NetIO",
  "BlockIO",
  "PIDS",
  "UpTime",
  "AVGCPU",
] as const;
export const DEFAULT_INTERVAL_S = 5;

export const STATS_OPTIONS = {
  all: { kind: "flag", short: "a", help: "Those that do not run, too" },
  format: { kind: "string", value: "TEMPLATE", help: "json, or a Go template, such as '{{.Name}} {{.CPUPerc}}'" },
  interval: { kind: "integer", short: "i", value: "SECONDS", help: "Time between two readings (default 5)" },
  "no-reset": { kind: "flag", help: "Do not clear the screen: write one table below the other" },
  "no-stream": { kind: "flag", help: "Read once, and end" },
  "no-trunc": { kind: "flag", help: "Show whole ids" },
} as const;

export const command: Command = defineCommand({
  name: "stats",
  summary: "Show what containers use: processors, memory, network, disks",
  usage: "[OPTIONS] [CONTAINER...]",
  description: `Without names, of all that run. On a terminal the table is drawn anew every ${DEFAULT_INTERVAL_S} seconds, with as many columns as fit;
CPU % is that of the time since, at first of the time since the container's start.

On a manager of a cluster CONTAINER may be a task of any node, such as web.1.`,
  options: { ...STATS_OPTIONS, latest: SELECT_OPTIONS.latest },
  args: [0, Number.POSITIVE_INFINITY],
  complete: "container",
  examples: [
    ["estiba stats", "what runs, live"],
    ["estiba stats --no-stream --format json web", "one reading, for a program"],
  ],
  async run(values, args, cli) {
    const interval = values.interval ?? DEFAULT_INTERVAL_S;
    if (interval < 1) throw badOption("--interval", String(interval), "a number of seconds");
    refuseSeveral(values, args, "containers");
    const engine = cli.engine();
    const named =
      args.length > 0 || values.latest
        ? selectContainers(cli, args, { latest: values.latest }).map((name) => findContainer(engine.store, name))
        : undefined;
    const live = isLive(values);
    const render = rendererFor(values.format, {
      live,
      columns: STATS_COLUMNS,
      headers: STATS_HEADERS,
      json: statsJson,
    });
    return await showStats(cli, {
      recordsNow: () => {
        const records = recordsNow(engine, named, values.all);
        // All that were asked for are removed.
        return named !== undefined && records.length === 0 ? undefined : records;
      },
      render,
      live,
      once: values["no-stream"],
      intervalSeconds: interval,
      noTrunc: values["no-trunc"],
    });
  },
});

/** Whether a table is drawn anew in its place. */
export function isLive(values: { readonly "no-stream": boolean; readonly "no-reset": boolean }): boolean {
  return !values["no-stream"] && !values["no-reset"] && process.stdout.isTTY;
}

type Showing = {
  /** Those that are shown at this moment; undefined ends it. */
  readonly recordsNow: () => readonly ContainerRecord[] | undefined;
  readonly render: (rows: readonly StatsRow[]) => string;
  readonly live: boolean;
  readonly once: boolean;
  readonly intervalSeconds: number;
  readonly noTrunc: boolean;
};

/** Shows what containers use, once or again and again; resolves to the exit code. */
export async function showStats(cli: Cli, { recordsNow: now, render, live, ...how }: Showing): Promise<number> {
  const engine = cli.engine();
  requireCgroups("measuring what containers use");
  using screen = live ? liveScreen() : undefined;
  let previous = new Map<string, ContainerUsage>();
  for (;;) {
    const records = now();
    if (records === undefined) return 0;
    const usages = new Map(records.map((record) => [record.id, readUsage(engine, record)]));
    const rows = records.map(({ id, name }) =>
      statsRow({ id, name, usage: usages.get(id), previous: previous.get(id), noTrunc: how.noTrunc }),
    );
    const isRead = showTable(cli, screen, render(rows));
    if (how.once || !isRead) return 0;
    previous = new Map([...usages].flatMap(([id, usage]) => (usage === undefined ? [] : [[id, usage] as const])));
    await Bun.sleep(how.intervalSeconds * 1000);
  }
}

function recordsNow(engine: Engine, named: readonly ContainerRecord[] | undefined, all: boolean): ContainerRecord[] {
  if (named !== undefined) return named.filter(({ id }) => getContainer(engine.store, id) !== undefined);
  return summarizeContainers(engine)
    .filter((container) => all || isRunning(container))
    .map(({ record }) => record);
}

type Rendering<Row> = {
  readonly live: boolean;
  readonly columns: readonly (keyof Row & string)[];
  readonly headers: Readonly<Record<string, string>>;
  readonly json: (row: Row) => Readonly<Record<string, string>>;
};

/** How rows are shown: by a template, as JSON, or as a table, on a terminal one that fits it. */
export function rendererFor<Row extends object>(
  format: string | undefined,
  { live, columns, headers, json }: Rendering<Row>,
): (rows: readonly Row[]) => string {
  if (format !== undefined && isJsonFormat(format)) return (rows) => `${JSON.stringify(rows.map(json), null, 1)}\n`;
  const template = format ?? `table ${columns.map((column) => `{{.${column}}}`).join("\\t")}`;
  if (live && format === undefined) {
    return (rows) =>
      fitColumns(
        [
          columns.map((column) => headers[column] ?? column.toUpperCase()),
          ...rows.map((row) => columns.map((column) => String(row[column]))),
        ],
        process.stdout.columns,
      );
  }
  return (rows) => renderTable(template, rows, { headers });
}

/** Prints a table, or draws it in the place of the one before; false says that nobody reads any more. */
export function showTable(
  cli: Pick<Cli, "out">,
  screen: { draw: (text: string) => void } | undefined,
  text: string,
): boolean {
  if (screen === undefined) return cli.out(text);
  screen.draw(text);
  return true;
}

/** Throws `invalid` for more than one way of saying whose figures are meant. */
export function refuseSeveral(
  { all, latest }: { readonly all: boolean; readonly latest: boolean },
  args: readonly string[],
  whose: "containers" | "pods",
): void {
  if ([all, latest, args.length > 0].filter(Boolean).length <= 1) return;
  throw new EstibaError("invalid", {
    reason: "cli.selection",
    what: `--all, --latest and ${whose} cannot be used together`,
    fix: "choose one of them",
  });
}
