import { TASK_LABELS } from "../../cluster/agent/labels.ts";
import { askNode, type NodeClient } from "../../cluster/door/client.ts";
import type { NodeSummary, ServiceSummary, TaskRow } from "../../cluster/door/wire.ts";
import { clusterLogs } from "../../cluster/reach/cluster-logs.ts";
import type { LogOwner } from "../../cluster/reach/task-logs.ts";
import { type Command, defineCommand, type Values } from "../command.ts";
import { catchInterrupt } from "../image/interrupt.ts";
import { LogPrinter } from "../logs/printer.ts";
import { tailOf } from "../logs/tail.ts";
import { momentOf } from "../moment-option.ts";

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

type Showing = Values<typeof LOGS_OPTIONS>;

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
    const lines = linesOf(rows, values);
    using interrupt = catchInterrupt();
    const wanted = {
      label,
      follow: values.follow,
      tail: tailOf(values.tail),
      nodes: [...nodesOf(rows, label), ...(values.follow ? await readyNodes(ask) : [])],
      signal: interrupt.signal,
      // Silence would look as if its tasks had printed nothing.
      silent: (nodeId: string) => {
        const { nodeName = nodeId } = rows.find(({ task }) => task.nodeId === nodeId) ?? {};
        cli.warn(`node ${nodeName} is not in touch with this manager: what tasks printed there is not shown`);
      },
    };
    for await (const { record, entries } of clusterLogs(cli.engine(), ask, wanted))
      if (!lines.print(record, entries)) break;
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

/** Where tasks may come to be. */
async function readyNodes(ask: NodeClient): Promise<string[]> {
  const nodes = await ask<NodeSummary[]>("GET", "/nodes");
  return nodes.flatMap(({ node }) => (node.state === "ready" ? [node.id] : []));
}

/** Where the tasks are, or were, whose containers have a label. */
function nodesOf(rows: readonly TaskRow[], label: string): string[] {
  const shown = rows.filter(({ task }) => label.startsWith(`${TASK_LABELS.service}=`) || label.endsWith(task.id));
  return shown.flatMap(({ task }) => (task.status.containerId === undefined ? [] : [task.nodeId ?? ""]));
}

type Lines = { readonly print: (record: LogOwner, entries: Parameters<LogPrinter["print"]>[1]) => boolean };

function linesOf(rows: readonly TaskRow[], values: Showing): Lines {
  const sources: { label: string; details: string; colored: boolean }[] = [];
  const places = new Map<string, number>();
  const since = momentOf("--since", values.since);
  const printer = new LogPrinter({ timestamps: values.timestamps, since, until: undefined, sources });
  return {
    print: (record, entries) => {
      const place =
        places.get(record.id) ??
        sources.push({ label: labelOf(record, rows, values), details: "", colored: false }) - 1;
      places.set(record.id, place);
      return printer.print(place, entries);
    },
  };
}

/** `web.1.2f5k8w3f0q9z@host    | `, as Docker has it. */
function labelOf({ labels }: LogOwner, rows: readonly TaskRow[], values: Showing): string {
  if (values.raw) return "";
  const id = labels[TASK_LABELS.task] ?? "";
  const name = (labels[TASK_LABELS.taskName] ?? "").slice(0, -id.length - 1);
  const shown = values["no-trunc"] ? id : id.slice(0, 12);
  const node = rows.find(({ task }) => task.id === id);
  const host = values["no-resolve"] ? labels[TASK_LABELS.node] : (node?.nodeName ?? rows[0]?.nodeName ?? "");
  return `${name}${values["no-task-ids"] ? "" : `.${shown}`}@${host}    | `;
}
