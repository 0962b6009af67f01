import { containerFilter } from "../engine/container-filter.ts";
import { summarizeContainers } from "../engine/list.ts";
import { isUp } from "../engine/status.ts";
import { EstibaError } from "../lib/error.ts";
import { containerJson, containerRow } from "../views/container-row.ts";
import { type Command, defineCommand, type Values } from "./command.ts";
import { badOption } from "./container/bad-option.ts";
import type { Cli } from "./context.ts";
import { type Listed, SORTS, sortListed, withDetails } from "./ps/listed.ts";

/** Headings of `ps` that are not just the field in words. */
export const PS_HEADERS: Readonly<Record<string, string>> = {
  ID: "CONTAINER ID",
  RunningFor: "CREATED",
  CreatedHuman: "CREATED",
  ImageID: "IMAGE ID",
  CreatedAt: "CREATED AT",
  Cgroup: "CGROUPNS",
  User: "USERNS",
  Pod: "POD ID",
  PodName: "PODNAME",
};
const COLUMNS = "{{.ID}}\t{{.Image}}\t{{.Command}}\t{{.CreatedHuman}}\t{{.Status}}\t{{.Ports}}\t{{.Names}}";
const POD_COLUMNS = "\t{{.Pod}}\t{{.PodName}}";
const SIZE_COLUMN = "\t{{.Size}}";
const NAMESPACE_COLUMNS =
  "{{.ID}}\t{{.Names}}\t{{.Pid}}\t{{.Cgroup}}\t{{.IPC}}\t{{.MNT}}\t{{.NET}}\t{{.PIDNS}}\t{{.User}}\t{{.UTS}}";
const CLEAR_SCREEN = "\u001b[H\u001b[2J";

const OPTIONS = {
  all: { kind: "flag", short: "a", help: "Those that do not run, too" },
  external: { kind: "flag", aliases: ["storage"], help: "Other tools' containers in this storage too: there are none" },
  filter: {
    kind: "list",
    short: "f",
    value: "KEY=VALUE",
    help: "Only what fits, such as status=exited or label=KEY=VALUE",
  },
  format: { kind: "string", value: "TEMPLATE", help: "json, or a Go template, such as '{{.Names}} {{.Status}}'" },
  last: { kind: "integer", short: "n", value: "N", help: "Only the N created last, whatever their state" },
  latest: { kind: "flag", short: "l", help: "Only the one created last" },
  namespace: { kind: "flag", aliases: ["ns"], help: "Show the numbers of their namespaces" },
  "no-trunc": { kind: "flag", aliases: ["notruncate"], help: "Show whole ids and commands" },
  noheading: { kind: "flag", help: "Leave the headings out" },
  pod: { kind: "flag", short: "p", help: "Show the pods they are in" },
  quiet: { kind: "flag", short: "q", help: "Show ids only" },
  size: { kind: "flag", short: "s", help: "Show the size of their files" },
  sort: { kind: "string", value: "FIELD", help: "Order by a field (default created)", choices: Object.keys(SORTS) },
  sync: { kind: "flag", help: "First see to those that have ended unseen" },
  watch: { kind: "integer", short: "w", value: "SECONDS", help: "Show it again and again, with pauses, until Ctrl-C" },
} as const;

type PsValues = Values<typeof OPTIONS>;

export const command: Command = defineCommand({
  name: "ps",
  summary: "List containers",
  usage: "[OPTIONS]",
  options: OPTIONS,
  args: [0, 0],
  examples: [
    ["estiba ps", "what runs"],
    ["estiba ps -aq --filter status=exited", "ids of what has ended"],
    ["estiba ps --format '{{.Names}}: {{.Status}}'", "a line of one's own"],
  ],
  async run(values, _args, cli) {
    checkCombination(values);
    if (values.sync) await (await import("../engine/sync.ts")).syncContainers(cli.engine());
    const seconds = values.watch ?? 0;
    if (seconds > 0) return await watchListing(cli, values, seconds * 1000);
    cli.out(await listing(cli, values));
    return 0;
  },
});

async function watchListing(cli: Cli, values: PsValues, pauseMs: number): Promise<never> {
  for (;;) {
    cli.out(`${CLEAR_SCREEN}${await listing(cli, values)}`);
    await Bun.sleep(pauseMs);
  }
}

function checkCombination(values: PsValues): void {
  const { last, latest, quiet, size, namespace, watch } = values;
  if (last !== undefined && last < -1) throw badOption("--last", String(last), "a number of containers");
  if (watch !== undefined && watch < 0) throw badOption("--watch", String(watch), "a number of seconds");
  if (last !== undefined && last >= 0 && latest) throw conflict("last and latest are mutually exclusive");
  if (quiet && (size || namespace)) throw conflict("quiet conflicts with size and namespace");
  if (size && namespace) throw conflict("size and namespace options conflict");
  if (watch !== undefined && watch > 0 && latest) throw conflict("the watch and latest flags cannot be used together");
}

async function listing(cli: Cli, values: PsValues): Promise<string> {
  const now = Date.now();
  const listed = await listContainers(cli, values);
  if (values.format === "json") {
    return `${JSON.stringify(
      listed.map((one) => containerJson(one.container, now, one)),
      null,
      2,
    )}\n`;
  }
  const rows = listed.map((one) => containerRow(one.container, now, values["no-trunc"], one));
  if (values.quiet && values.format === undefined) return rows.map(({ ID }) => `${ID}\n`).join("");
  const { chosenFormat, renderTable } = await import("./table.ts");
  return renderTable(chosenFormat(values.format, defaultFormat(values)), rows, {
    headers: PS_HEADERS,
    noHeading: values.noheading,
    name: "ps",
  });
}

async function listContainers(cli: Cli, values: PsValues): Promise<Listed[]> {
  const engine = cli.engine();
  const { format = "", last = -1, latest } = values;
  const wantsAll = values.all || latest || last > 0 || values.filter.some((text) => text.startsWith("status="));
  const matches = containerFilter(engine, values.filter);
  const fitting = summarizeContainers(engine).filter(
    (container) => (wantsAll || isUp(container)) && matches(container),
  );
  const shown = latest ? fitting.slice(-1) : last > 0 ? fitting.slice(-last) : fitting;
  const listed = await withDetails(engine, shown, {
    size: values.size || values.sort === "size" || /\.Size\b/.test(format),
    namespaces: values.namespace || /\.(?:Namespaces|Cgroup|IPC|MNT|NET|PIDNS|User|UTS)\b/.test(format),
  });
  return sortListed(listed, values.sort ?? "created");
}

/** The table that `ps` shows by itself. */
export function defaultFormat({
  namespace,
  pod,
  size,
}: Readonly<Record<"namespace" | "pod" | "size", boolean>>): string {
  if (namespace) return `table ${NAMESPACE_COLUMNS}`;
  return `table ${COLUMNS}${pod ? POD_COLUMNS : ""}${size ? SIZE_COLUMN : ""}`;
}

function conflict(what: string): EstibaError {
  return new EstibaError("invalid", { reason: "cli.options_conflict", what, fix: "leave one of them out" });
}
