import { networkFilter, selectNetworks } from "../../engine/network/list.ts";
import { networkDocument, networkRow } from "../../views/network.ts";
import { type Command, defineCommand } from "../command.ts";

export const NETWORKS_FORMAT = "table {{.ID}} {{.Name}} {{.Driver}}";
export const NETWORKS_HEADERS: Readonly<Record<string, string>> = { ID: "NETWORK ID" };

export const command: Command = defineCommand({
  name: "network ls",
  summary: "List networks",
  usage: "[OPTIONS]",
  options: {
    filter: {
      kind: "list",
      short: "f",
      value: "KEY=VALUE",
      help: "Only those that fit: dangling, driver, id, label, label!, name, until",
    },
    format: { kind: "string", value: "TEMPLATE", help: "json, or a Go template, such as '{{.Name}}'" },
    "no-trunc": { kind: "flag", help: "Whole ids" },
    noheading: { kind: "flag", short: "n", help: "Leave the headings out" },
    quiet: { kind: "flag", short: "q", help: "Show names only" },
  },
  args: [0, 0],
  examples: [
    ["estiba network ls", "all of them"],
    ["estiba network ls -q --filter dangling=true", "names of those that no container has"],
  ],
  async run(values, _args, cli) {
    const engine = cli.engine();
    const { withClusterNetworks } = await import("../../cluster/door/networks.ts");
    const own = selectNetworks(engine, values.filter);
    const networks = await withClusterNetworks(engine, own, networkFilter(engine, values.filter));
    if (values.quiet && values.format === undefined) {
      cli.out(networks.map(({ name }) => `${name}\n`).join(""));
      return 0;
    }
    if (values.format === "json") {
      cli.out(`${JSON.stringify(networks.map(networkDocument), null, 5)}\n`);
      return 0;
    }
    const { chosenFormat, renderTable } = await import("../table.ts");
    const options = { headers: NETWORKS_HEADERS, noHeading: values.noheading, name: "network ls" };
    const rows = networks.map((network) => networkRow(network, values["no-trunc"]));
    cli.out(renderTable(chosenFormat(values.format, NETWORKS_FORMAT), rows, options));
    return 0;
  },
});
