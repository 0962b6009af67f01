import { TASK_LABELS } from "../../cluster/agent/labels.ts";
import { askNode, type NodeClient } from "../../cluster/door/client.ts";
import type { ServiceSummary, TaskRow } from "../../cluster/door/wire.ts";
import { type Command, defineCommand } from "../command.ts";
import { showTaskLogs } from "./show-logs.ts";

const LOGS_OPTIONS = {
  details: { kind: "refused", help: "labels and variables are not kept with the lines" },
  follow: { kind: "flag", short: "f", help: "Go on with what comes, also of tasks that begin later" },
  "no-resolve": { kind: "flag", help: "Ids of nodes instead of their names" },
  "no-task-ids": { kind: "flag", help: "Without the ids of tasks" },
  "no-trunc": { kind: "flag", help: "Ids of tasks at full length" },
  raw: { kind: "flag", help: "The lines as they are, without whose they are" },
  since: { kind: "string", value: "TIME", help: "Only what is later than a time, or than a while ago (10m)" },
  tail: { kind: "string", short: "n", value: "N", help: "Only the last N lines of each task (default all)" },
  timestamps: { kind: "flag", short: "t", help: "Put the time in front of lines" },
} as const;

export const command: Command = defineCommand({
  name: "service logs",
  summary: "Show what the tasks of a service printed",
  usage: "[OPTIONS] SERVICE|TASK",
  description: "Each line has its task in front. Those of ended tasks are there as long as service ps lists them.",
  options: LOGS_OPTIONS,
  args: [1, 1],
  examples: [
    ["estiba service logs --follow web", "of all its tasks, and what comes"],
    ["estiba service logs --tail 20 2f5k8w3f0q9z", "the last lines of one task"],
  ],
  async run(values, [name = ""], cli) {
    const ask = await askNode(cli.engine());
    const { label, rows } = await findLogs(ask, name);
    await showTaskLogs(cli, ask, values, { label, rows, wants: () => true });
    return 0;
  },
});

/** The label of the containers of a service, or of the one of a task. Throws `not_found`. */
async function findLogs(ask: NodeClient, name: string): Promise<{ label: string; rows: TaskRow[] }> {
  const services = await ask<ServiceSummary[]>("GET", "/services");
  const isNamed = services.some(({ service }) => service.spec.name === name || service.id.startsWith(name));
  if (!isNamed) {
    const all = await Promise.all(
      services.map(async ({ service }) => await ask<TaskRow[]>("GET", `/services/${service.id}/tasks`)),
    );
    const rows = all.flat();
    const found = rows.filter(({ task }) => name.length > 2 && task.id.startsWith(name));
    const [only] = found;
    if (only !== undefined && found.length === 1) return { label: `${TASK_LABELS.task}=${only.task.id}`, rows };
  }
  const { service } = await ask<ServiceSummary>("GET", `/services/${encodeURIComponent(name)}`);
  const rows = await ask<TaskRow[]>("GET", `/services/${service.id}/tasks`);
  return { label: `${TASK_LABELS.service}=${service.id}`, rows };
}
