import { askNode } from "../../cluster/door/client.ts";
import type { ServiceSummary } from "../../cluster/door/wire.ts";
import { serviceDocument } from "../../cluster/views/service-document.ts";
import { type Command, defineCommand } from "../command.ts";
import { printEach } from "../print-each.ts";

export const command: Command = defineCommand({
  name: "service inspect",
  summary: "Show everything about services, as JSON",
  usage: "[OPTIONS] SERVICE [SERVICE...]",
  options: {
    format: {
      kind: "string",
      short: "f",
      value: "TEMPLATE",
      help: "json, or a Go template, such as '{{.UpdateStatus.State}}'",
    },
    pretty: { kind: "refused", help: "the document is the same for people and programs" },
  },
  args: [1, Number.POSITIVE_INFINITY],
  examples: [["estiba service inspect --format '{{.UpdateStatus.State}}' web", "how its update stands"]],
  async run(values, args, cli) {
    const ask = await askNode(cli.engine());
    return await printEach(cli, args, values.format, async (name) =>
      serviceDocument(await ask<ServiceSummary>("GET", `/services/${encodeURIComponent(name)}`)),
    );
  },
});
