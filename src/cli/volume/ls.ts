import { detailsOf, selectVolumes } from "../../engine/volume/list.ts";
import { volumeDocument, volumeRow } from "../../views/volume.ts";
import { type Command, defineCommand } from "../command.ts";

export const VOLUMES_FORMAT = "table {{.Driver}} {{.Name}}";
export const VOLUMES_HEADERS: Readonly<Record<string, string>> = { Name: "VOLUME NAME", CreatedAt: "CREATED AT" };

export const command: Command = defineCommand({
  name: "volume ls",
  summary: "List volumes",
  usage: "[OPTIONS]",
  options: {
    filter: {
      kind: "list",
      short: "f",
      value: "KEY=VALUE",
      help: "Only those that fit: after, anonymous, dangling, driver, label, label!, name, opt, scope, since, until",
    },
    format: { kind: "string", value: "TEMPLATE", help: "json, or a Go template, such as '{{.Name}}'" },
    noheading: { kind: "flag", short: "n", help: "Leave the headings out" },
    quiet: { kind: "flag", short: "q", help: "Show names only" },
    cluster: { kind: "refused", help: "volumes of a cluster are Swarm's, which Estiba has not" },
  },
  args: [0, 0],
  examples: [
    ["estiba volume ls", "all of them"],
    ["estiba volume ls -q --filter dangling=true", "names of those that no container has"],
  ],
  async run(values, _args, cli) {
    const engine = cli.engine();
    const volumes = selectVolumes(engine, values.filter);
    if (values.quiet && values.format === undefined) {
      cli.out(volumes.map(({ name }) => `${name}\n`).join(""));
      return 0;
    }
    const details = detailsOf(engine, volumes);
    if (values.format === "json") {
      cli.out(`${JSON.stringify(details.map(volumeDocument), null, 2)}\n`);
      return 0;
    }
    const { chosenFormat, renderTable } = await import("../table.ts");
    const options = { headers: VOLUMES_HEADERS, noHeading: values.noheading, name: "volume ls" };
    cli.out(renderTable(chosenFormat(values.format, VOLUMES_FORMAT), details.map(volumeRow), options));
    return 0;
  },
});
