import { LABELS } from "../../compose/plan/names.ts";
import { summarizeContainers } from "../../engine/list.ts";
import { formatTable } from "../../views/table.ts";
import { type Command, defineCommand } from "../command.ts";
import { badOption } from "../container/bad-option.ts";

export const command: Command = defineCommand({
  name: "compose ls",
  summary: "List projects",
  usage: "[OPTIONS]",
  options: {
    all: { kind: "flag", short: "a", help: "Those whose containers have all ended, too" },
    filter: { kind: "list", value: "name=PATTERN", help: "Only projects whose name fits a regular expression" },
    format: { kind: "string", value: "FORMAT", choices: ["table", "json"], help: "table or json (default table)" },
    quiet: { kind: "flag", short: "q", help: "Show names only" },
  },
  args: [0, 0],
  examples: [["estiba compose ls -a", "all projects of this engine"]],
  async run(values, _args, cli) {
    await Promise.resolve();
    const patterns = values.filter.map(patternOf);
    const projects = Map.groupBy(
      summarizeContainers(cli.engine()).filter(({ record }) => isPart(record.labels)),
      ({ record }) => record.labels[LABELS.project] ?? "",
    );
    const rows = [...projects]
      .filter(([name]) => patterns.every((pattern) => pattern.test(name)))
      .map(([name, containers]) => ({
        Name: name,
        Status: statusOf(containers.map(({ status }) => status)),
        ConfigFiles: [...new Set(containers.map(({ record }) => record.labels[LABELS.configFiles] ?? ""))].join(","),
      }))
      .filter(({ Status }) => values.all || Status.includes("running"))
      .toSorted((a, b) => (a.Name < b.Name ? -1 : 1));
    if (values.quiet) cli.out(rows.map(({ Name }) => `${Name}\n`).join(""));
    else if (values.format === "json") cli.out(`${JSON.stringify(rows)}\n`);
    else cli.out(formatTable([["NAME", "STATUS", "CONFIG FILES"], ...rows.map((row) => Object.values(row))]));
    return 0;
  },
});

function isPart(labels: Readonly<Record<string, string>>): boolean {
  return labels[LABELS.project] !== undefined && labels[LABELS.oneOff] !== "True";
}

function patternOf(text: string): RegExp {
  const [, pattern] = /^name=(.*)$/s.exec(text) ?? [];
  if (pattern === undefined) throw badOption("--filter", text, "name=PATTERN");
  try {
    return new RegExp(pattern);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw badOption("--filter", text, "name=PATTERN with a regular expression");
  }
}

/** `exited(1), running(2)` */
function statusOf(states: readonly string[]): string {
  return [...Map.groupBy(states, (state) => state)]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([state, all]) => `${state}(${all.length})`)
    .join(", ");
}
