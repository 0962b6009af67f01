import { holdRoot, mountedRoots, type RootOnHost } from "../engine/hold-root.ts";
import { formatTable } from "../views/table.ts";
import { type Command, defineCommand } from "./command.ts";
import { forEachName } from "./container/each.ts";
import { SELECT_OPTIONS, selectContainers } from "./container/select.ts";

export const command: Command = defineCommand({
  name: "mount",
  summary: "Show the root of containers on the host",
  usage: "[OPTIONS] [CONTAINER...]",
  description:
    "Prints where; without a container, lists those that are mounted, as all are that run. What is mounted in a\ncontainer is not shown. It stays until `unmount`, the container's removal, or a reboot.",
  options: {
    all: SELECT_OPTIONS.all,
    format: { kind: "string", value: "json", help: "List as JSON", choices: ["json"] },
    latest: SELECT_OPTIONS.latest,
    "no-trunc": { kind: "flag", aliases: ["notruncate"], help: "Show whole ids" },
  },
  args: [0, Number.POSITIVE_INFINITY],
  complete: "container",
  examples: [["ls $(estiba mount web)/etc", "look at its files, running or not"]],
  async run(values, args, cli) {
    const engine = cli.engine();
    if (args.length === 0 && !values.all && !values.latest) {
      const list = mountedRoots(engine);
      cli.out(values.format === "json" ? json(list) : table(list, values["no-trunc"]));
      return 0;
    }
    const names = selectContainers(cli, args, { ...values, cidfile: [] });
    return await forEachName(cli, names, async (name) => (await holdRoot(engine, name)).path);
  },
});

function table(list: readonly RootOnHost[], whole: boolean): string {
  return formatTable(list.map(({ record, path }) => [whole ? record.id : record.id.slice(0, 12), path]));
}

function json(list: readonly RootOnHost[]): string {
  const rows = list.map(({ record, path }) => ({ id: record.id, Names: [record.name], mountpoint: path }));
  return `${JSON.stringify(rows, null, 1)}\n`;
}
