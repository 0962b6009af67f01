import { askNode } from "../../cluster/door/client.ts";
import type { TaskRow } from "../../cluster/door/wire.ts";
import { stackServices } from "../../cluster/stack/stacks.ts";
import { type Command, defineCommand } from "../command.ts";
import { showTasks, TASKS_OPTIONS } from "../service/show-tasks.ts";
import { nothingFound } from "./nothing.ts";

export const command: Command = defineCommand({
  name: "stack ps",
  summary: "List the tasks of a stack",
  usage: "[OPTIONS] STACK",
  options: TASKS_OPTIONS,
  args: [1, 1],
  examples: [["estiba stack ps shop", "its tasks, and where they are"]],
  async run(values, [stack = ""], cli) {
    const ask = await askNode(cli.engine());
    const services = await stackServices(ask, stack);
    if (services.length === 0) throw nothingFound(stack);
    const rows: TaskRow[] = [];
    for (const { service } of services) rows.push(...(await ask<TaskRow[]>("GET", `/services/${service.id}/tasks`)));
    showTasks(cli, rows, { ...values, services });
    return 0;
  },
});
