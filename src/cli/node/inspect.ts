import { askNode } from "../../cluster/door/client.ts";
import type { NodeSummary } from "../../cluster/door/wire.ts";
import { nodeDocument } from "../../cluster/views/node.ts";
import { type Command, defineCommand } from "../command.ts";
import { printEach } from "../print-each.ts";

export const command: Command = defineCommand({
  name: "node inspect",
  summary: "Show everything about nodes, as JSON",
  usage: "[OPTIONS] NODE [NODE...]",
  options: {
    format: { kind: "string", short: "f", value: "TEMPLATE", help: "json, or a Go template, such as '{{.Spec.Role}}'" },
    pretty: { kind: "refused", help: "the document is the same for people and programs" },
  },
  args: [1, Number.POSITIVE_INFINITY],
  examples: [["estiba node inspect self", "this machine, as the cluster knows it"]],
  async run(values, args, cli) {
    const ask = await askNode(cli.engine());
    return await printEach(cli, args, values.format, async (name) =>
      nodeDocument(await ask<NodeSummary>("GET", `/nodes/${encodeURIComponent(name)}`)),
    );
  },
});
