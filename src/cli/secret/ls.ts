import { selectSecrets } from "../../engine/secret/list.ts";
import { Pairs } from "../../lib/go-template/value.ts";
import { secretRow } from "../../views/secret.ts";
import { type Command, defineCommand } from "../command.ts";
import { isOfCluster, LOCAL_OPTION } from "./cluster.ts";

const DEFAULT_FORMAT = "table {{.ID}} {{.Name}} {{.Driver}} {{.CreatedAt}} {{.UpdatedAt}}";
const HEADERS: Readonly<Record<string, string>> = { ID: "ID", CreatedAt: "CREATED", UpdatedAt: "UPDATED" };

export const command: Command = defineCommand({
  name: "secret ls",
  summary: "List secrets",
  usage: "[OPTIONS]",
  options: {
    ...LOCAL_OPTION,
    filter: { kind: "list", short: "f", value: "KEY=VALUE", help: "Only those that fit: id, name, label" },
    format: { kind: "string", value: "TEMPLATE", help: "json, or a Go template, such as '{{.Name}}'" },
    noheading: { kind: "flag", short: "n", help: "Leave the headings out" },
    quiet: { kind: "flag", short: "q", help: "Show ids only" },
  },
  args: [0, 0],
  examples: [
    ["estiba secret ls", "all of them"],
    ["estiba secret ls --filter name=^db --format '{{.Name}}'", "names that begin with db"],
  ],
  async run(values, _args, cli) {
    if (isOfCluster(cli.engine(), values))
      return await (await import("./show-files.ts")).showFiles(cli, "secret", values);
    const secrets = selectSecrets(cli.engine(), values.filter);
    if (values.quiet && values.format === undefined) {
      cli.out(secrets.map(({ id }) => `${id}\n`).join(""));
      return 0;
    }
    const now = Date.now();
    const rows = secrets.map((secret) => secretRow(secret, now));
    if (values.format === "json") {
      cli.out(`${JSON.stringify(rows, null, 2)}\n`);
      return 0;
    }
    const { chosenFormat, renderTable } = await import("../table.ts");
    const options = { headers: HEADERS, noHeading: values.noheading, name: "secret ls" };
    const labelled = rows.map((row, place) => ({ ...row, Labels: new Pairs(secrets[place]?.labels) }));
    cli.out(renderTable(chosenFormat(values.format, DEFAULT_FORMAT), labelled, options));
    return 0;
  },
});
