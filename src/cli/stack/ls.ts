import { askNode } from "../../cluster/door/client.ts";
import { listStacks } from "../../cluster/stack/stacks.ts";
import { type Command, defineCommand } from "../command.ts";
import { isJsonFormat } from "../format-options.ts";
import { chosenFormat, renderTable } from "../table.ts";

const FORMAT = "table {{.Name}}\t{{.Services}}";

export const command: Command = defineCommand({
  name: "stack ls",
  summary: "List the stacks of the cluster",
  usage: "[OPTIONS]",
  options: {
    format: { kind: "string", value: "TEMPLATE", help: "json, or a Go template, such as '{{.Name}}'" },
  },
  args: [0, 0],
  examples: [["estiba stack ls", "names, and how many services each has"]],
  async run(values, _args, cli) {
    const stacks = await listStacks(await askNode(cli.engine()));
    const rows = stacks.map(({ name, services }) => ({ Name: name, Services: String(services) }));
    if (values.format !== undefined && isJsonFormat(values.format)) {
      for (const row of rows) cli.out(`${JSON.stringify(row)}\n`);
      return 0;
    }
    cli.out(renderTable(chosenFormat(values.format, FORMAT), rows, { headers: {}, name: "stack ls" }));
    return 0;
  },
});
