import { askNode } from "../../cluster/door/client.ts";
import type { ServiceSummary } from "../../cluster/door/wire.ts";
import { serviceRow } from "../../cluster/views/service.ts";
import { type Command, defineCommand, type Values } from "../command.ts";
import type { Cli } from "../context.ts";
import { isJsonFormat } from "../format-options.ts";
import { chosenFormat, renderTable } from "../table.ts";
import { parseServiceFilters } from "./filter.ts";

const FORMAT = "table {{.ID}}\t{{.Name}}\t{{.Mode}}\t{{.Replicas}}\t{{.Image}}\t{{.Ports}}";

export const SERVICES_OPTIONS = {
  filter: { kind: "list", short: "f", value: "KEY=VALUE", help: "Only those that match: id, label, mode, name" },
  format: { kind: "string", value: "TEMPLATE", help: "json, or a Go template, such as '{{.Name}}'" },
  quiet: { kind: "flag", short: "q", help: "Only ids" },
} as const;

export const command: Command = defineCommand({
  name: "service ls",
  summary: "List the services of the cluster",
  usage: "[OPTIONS]",
  options: SERVICES_OPTIONS,
  args: [0, 0],
  examples: [
    ["estiba service ls", "what is to run, and how much of it does"],
    ["estiba service ls --filter mode=global", "those with a task on each node"],
  ],
  async run(values, _args, cli) {
    const ask = await askNode(cli.engine());
    return showServices(cli, await ask<ServiceSummary[]>("GET", "/services"), values);
  },
});

/** Prints services as both commands that list them do. Throws `invalid` for a filter that there is not. */
export function showServices(
  cli: Cli,
  services: readonly ServiceSummary[],
  values: Values<typeof SERVICES_OPTIONS>,
): number {
  const matches = parseServiceFilters(values.filter);
  const found = services
    .filter(({ service }) => matches(service))
    .toSorted((a, b) => a.service.spec.name.localeCompare(b.service.spec.name));
  const rows = found.map(serviceRow);
  if (values.format !== undefined && isJsonFormat(values.format)) {
    for (const row of rows) cli.out(`${JSON.stringify(row)}\n`);
    return 0;
  }
  const format = chosenFormat(values.quiet ? "{{.ID}}" : values.format, FORMAT);
  cli.out(renderTable(format, rows, { headers: { ID: "ID" }, name: "service ls" }));
  return 0;
}
