import { askNode, type NodeClient } from "../../cluster/door/client.ts";
import type { Explanation, ServiceSummary, TaskRow } from "../../cluster/door/wire.ts";
import { type Command, defineCommand } from "../command.ts";
import type { Cli } from "../context.ts";
import { exitCodeOf, formatError } from "../exit.ts";
import { showTasks, TASKS_OPTIONS } from "./show-tasks.ts";

export const command: Command = defineCommand({
  name: "service ps",
  summary: "List the tasks of services, and why they are where they are",
  usage: "[OPTIONS] SERVICE [SERVICE...]",
  options: {
    ...TASKS_OPTIONS,
    explain: { kind: "flag", help: "For each node, why it would be given no further task" },
  },
  args: [1, Number.POSITIVE_INFINITY],
  examples: [
    ["estiba service ps web", "its tasks, the last ended ones of each slot below it"],
    ["estiba service ps --explain web", "why a task is pending"],
  ],
  async run(values, args, cli) {
    const ask = await askNode(cli.engine());
    const rows: TaskRow[] = [];
    const services: ServiceSummary[] = [];
    let code = 0;
    for (const name of args) {
      try {
        const summary = await ask<ServiceSummary>("GET", `/services/${encodeURIComponent(name)}`);
        services.push(summary);
        rows.push(...(await ask<TaskRow[]>("GET", `/services/${summary.service.id}/tasks`)));
      } catch (error) {
        cli.err(formatError(error));
        code = exitCodeOf(error);
      }
    }
    if (values.explain) for (const summary of services) await explain(cli, ask, summary);
    else {
      showTasks(cli, rows, { ...values, services });
      if (values.format === undefined && !values.quiet)
        for (const { service } of services) {
          const { runs = [], remark } = service.schedule ?? {};
          // What was left out is news until there is a later run.
          if (remark !== undefined && runs.every(({ at }) => at < remark.at))
            cli.err(`${service.spec.name}: ${remark.text}\n`);
        }
    }
    return code;
  },
});

async function explain(cli: Cli, ask: NodeClient, { service, nextRun }: ServiceSummary): Promise<void> {
  if (nextRun !== undefined) cli.out(`${service.spec.name}: the next run is at ${new Date(nextRun).toISOString()}\n`);
  if (service.schedule?.remark !== undefined) cli.out(`${service.spec.name}: ${service.schedule.remark.text}\n`);
  if (service.scaling !== undefined) {
    const { replicas, state, message } = service.scaling;
    cli.out(
      `${service.spec.name}: autoscale: ${replicas} ${replicas === 1 ? "task" : "tasks"} (${state}): ${message}\n`,
    );
  }
  const nodes = await ask<Explanation[]>("GET", `/services/${service.id}/explain`);
  for (const { node, reasons } of nodes) {
    const why = reasons.length === 0 ? "would be given another task" : reasons.join("; ");
    cli.out(`${service.spec.name}: ${node}: ${why}\n`);
  }
}
