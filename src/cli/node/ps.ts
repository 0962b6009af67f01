import { askNode } from "../../cluster/door/client.ts";
import type { ServiceSummary, TaskRow } from "../../cluster/door/wire.ts";
import { type Command, defineCommand } from "../command.ts";
import { showTasks, TASKS_OPTIONS } from "../service/show-tasks.ts";

export const command: Command = defineCommand({
  name: "node ps",
  summary: "List the tasks of nodes",
  usage: "[OPTIONS] [NODE...]",
  options: TASKS_OPTIONS,
  args: [0, Number.POSITIVE_INFINITY],
  examples: [["estiba node ps", "what runs on this one"]],
  async run(values, args, cli) {
    const ask = await askNode(cli.engine());
    const services = await ask<ServiceSummary[]>("GET", "/services");
    const rows: TaskRow[] = [];
    for (const name of args.length === 0 ? ["self"] : args)
      rows.push(...(await ask<TaskRow[]>("GET", `/nodes/${encodeURIComponent(name)}/tasks`)));
    showTasks(cli, rows, { ...values, services });
    return 0;
  },
});
