import { DEFAULT_CONTEXT, dockerFolder, listContexts } from "../../client/contexts.ts";
import { type Command, defineCommand } from "../command.ts";
import { isJsonFormat } from "../format-options.ts";
import { currentContext } from "./current.ts";

const DEFAULT_FORMAT = "table {{.Name}}\\t{{.Description}}\\t{{.DockerEndpoint}}\\t{{.Error}}";
const HEADERS: Readonly<Record<string, string>> = { Name: "NAME", DockerEndpoint: "DOCKER ENDPOINT" };

export const command: Command = defineCommand({
  name: "context ls",
  summary: "List contexts",
  usage: "[OPTIONS]",
  options: {
    format: { kind: "string", value: "TEMPLATE", help: "json, or a Go template, such as '{{.Name}}'" },
    quiet: { kind: "flag", short: "q", help: "Show names only" },
  },
  args: [0, 0],
  examples: [["estiba context ls", "all of them; the star is at the one in use"]],
  async run(values, _args, cli) {
    const current = currentContext();
    const here = { name: DEFAULT_CONTEXT, description: "This machine, without a service", host: "" };
    const rows = [here, ...listContexts(dockerFolder(process.env))].map(({ name, description, host }) => ({
      Current: name === current,
      Description: description,
      DockerEndpoint: host,
      Error: "",
      Name: name,
    }));
    if (values.quiet) cli.out(rows.map(({ Name }) => `${Name}\n`).join(""));
    else if (values.format !== undefined && isJsonFormat(values.format))
      cli.out(rows.map((row) => `${JSON.stringify(row)}\n`).join(""));
    else {
      const { chosenFormat, renderTable } = await import("../table.ts");
      const format = chosenFormat(values.format, DEFAULT_FORMAT);
      // Only the usual table has the star, and its heading has none.
      const starred = rows.map((row) => (row.Current ? { ...row, Name: `${row.Name} *` } : row));
      const shown = format === DEFAULT_FORMAT ? starred : rows;
      cli.out(renderTable(format, shown, { headers: HEADERS, name: "context ls" }));
    }
    return 0;
  },
});
