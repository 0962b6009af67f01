import { askNode } from "../../cluster/door/client.ts";
import type { ClusterInfo, NodeSummary } from "../../cluster/door/wire.ts";
import { nodeRow } from "../../cluster/views/node.ts";
import { matchesLabel } from "../../engine/label-filter.ts";
import { type Command, defineCommand } from "../command.ts";
import { isJsonFormat } from "../format-options.ts";
import { parseFilters } from "../service/filter.ts";
import { chosenFormat, renderTable } from "../table.ts";

const FORMAT =
  "table {{.ID}}{{if .Self}} *{{end}}\t{{.Hostname}}\t{{.Status}}\t{{.Availability}}\t{{.ManagerStatus}}\t{{.EngineVersion}}";

export const command: Command = defineCommand({
  name: "node ls",
  summary: "List the nodes of the cluster",
  usage: "[OPTIONS]",
  options: {
    filter: {
      kind: "list",
      short: "f",
      value: "KEY=VALUE",
      help: "Only those that match: id, name, role, availability, node.label",
    },
    format: { kind: "string", value: "TEMPLATE", help: "json, or a Go template, such as '{{.Hostname}}'" },
    quiet: { kind: "flag", short: "q", help: "Only ids" },
  },
  args: [0, 0],
  examples: [["estiba node ls", "the machines, and whether they are heard of"]],
  async run(values, _args, cli) {
    const matches = parseFilters<NodeSummary>(values.filter, {
      id:
        (value) =>
        ({ node }) =>
          node.id.startsWith(value),
      name:
        (value) =>
        ({ node }) =>
          node.description.hostname.startsWith(value),
      role:
        (value) =>
        ({ node }) =>
          node.role === value,
      availability:
        (value) =>
        ({ node }) =>
          node.availability === value,
      "node.label":
        (value) =>
        ({ node }) =>
          matchesLabel(node.labels, value),
    });
    const ask = await askNode(cli.engine());
    const [info, nodes] = [await ask<ClusterInfo>("GET", "/info"), await ask<NodeSummary[]>("GET", "/nodes")];
    const rows = nodes.filter(matches).map((node) => nodeRow(node, info.nodeId));
    if (values.format !== undefined && isJsonFormat(values.format)) {
      for (const row of rows) cli.out(`${JSON.stringify(row)}\n`);
      return 0;
    }
    const format = chosenFormat(values.quiet ? "{{.ID}}" : values.format, FORMAT);
    cli.out(renderTable(format, rows, { headers: { ID: "ID" }, name: "node ls" }));
    return 0;
  },
});
