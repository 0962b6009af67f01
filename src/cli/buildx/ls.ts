import { type Command, defineCommand } from "../command.ts";
import { isJsonFormat } from "../format-options.ts";
import { ownBuilder } from "./builder.ts";

const FORMAT = "table {{.Name}}\\t{{.Driver}}\\t{{.Status}}\\t{{.Buildkit}}\\t{{.Platforms}}";

export const command: Command = defineCommand({
  name: "buildx ls",
  summary: "List builders: the one that is built in",
  usage: "[OPTIONS]",
  options: {
    format: { kind: "string", value: "TEMPLATE", help: "json, or a Go template, such as '{{.Name}}'" },
    "no-trunc": { kind: "flag", help: "Nothing is ever cut off", hidden: true },
  },
  args: [0, 0],
  examples: [["estiba buildx ls", "the builder, and what it builds for without emulation"]],
  async run(values, _args, cli) {
    const builder = ownBuilder();
    if (values.format !== undefined && isJsonFormat(values.format)) {
      cli.out(`${JSON.stringify(builder)}\n`);
      return 0;
    }
    const { chosenFormat, renderTable } = await import("../table.ts");
    const format = chosenFormat(values.format, FORMAT);
    const row = format === FORMAT ? { ...builder, Name: `${builder.Name}*` } : builder;
    cli.out(renderTable(format, [row], { headers: {}, name: "buildx ls" }));
    return 0;
  },
});
