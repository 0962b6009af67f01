import { topContainer } from "../engine/top.ts";
import { topByHostPs } from "../engine/top-host-ps.ts";
import { areColumns, COLUMN_NAMES, topRows } from "../views/process-columns.ts";
import { formatTable } from "../views/table.ts";
import { type Command, defineCommand } from "./command.ts";
import { SELECT_OPTIONS, selectContainers } from "./container/select.ts";

export const command: Command = defineCommand({
  name: "top",
  summary: "Show the processes of a container",
  usage: "[OPTIONS] CONTAINER [COLUMN... | PS-OPTION...]",
  description: `Columns, also as a list with commas or in ps(1)'s AIX form such as %C: ${COLUMN_NAMES.join(", ")}.

Those that begin with h show the host's view. Anything else goes to the host's ps(1), whose lines are those of the
container, with the host's pids.

On a manager of a cluster CONTAINER may be a task of any node, such as web.1.`,
  options: { latest: SELECT_OPTIONS.latest },
  args: [0, Number.POSITIVE_INFINITY],
  stopAtFirst: true,
  complete: "container",
  examples: [
    ["estiba top web", "the usual columns"],
    ["estiba top web pid,huser,capeff,args", "columns of one's own"],
    ["estiba top web -ef", "the host's ps, as Docker runs it"],
  ],
  async run(values, args, cli) {
    const named = values.latest ? [] : args.slice(0, 1);
    const [name = ""] = selectContainers(cli, named, {
      latest: values.latest,
      missing: "you must provide the name or id of a running container",
    });
    const words = values.latest ? args : args.slice(1);
    const engine = cli.engine();
    if (areColumns(words)) {
      const top = topContainer(engine, name);
      cli.out(formatTable(topRows(top, words, performance.timeOrigin + performance.now())));
      return 0;
    }
    cli.out((await topByHostPs(engine, name, words)).map((line) => `${line}\n`).join(""));
    return 0;
  },
});
