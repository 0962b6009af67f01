import { fileDocument } from "../../cluster/views/file.ts";
import { type Command, defineCommand } from "../command.ts";
import { printEach } from "../print-each.ts";
import { clusterFiles } from "../secret/cluster.ts";

export const command: Command = defineCommand({
  name: "config inspect",
  summary: "Show configs of the cluster, as JSON",
  usage: "[OPTIONS] CONFIG [CONFIG...]",
  description: "What a config says stands under Spec.Data, in base64.",
  options: {
    format: { kind: "string", short: "f", value: "TEMPLATE", help: "json, or a Go template, such as '{{.Spec.Name}}'" },
    pretty: { kind: "refused", help: "the document is the same for people and programs" },
  },
  args: [1, Number.POSITIVE_INFINITY],
  examples: [["estiba config inspect --format '{{.Spec.Data}}' web.conf | base64 -d", "what it says"]],
  async run(values, args, cli) {
    const files = clusterFiles(cli.engine(), "config");
    return await printEach(cli, args, values.format, async (name) => fileDocument(await files.find(name)));
  },
});
