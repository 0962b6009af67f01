import { TASK_LABELS } from "../../cluster/agent/labels.ts";
import type { NodeClient } from "../../cluster/door/client.ts";
import type { NodeSummary, TaskRow } from "../../cluster/door/wire.ts";
import { clusterLogs } from "../../cluster/reach/cluster-logs.ts";
import type { LogOwner } from "../../cluster/reach/task-logs.ts";
import type { Cli } from "../context.ts";
import { catchInterrupt } from "../image/interrupt.ts";
import { LogPrinter } from "../logs/printer.ts";
import { tailOf } from "../logs/tail.ts";
import { momentOf } from "../moment-option.ts";

type Showing = {
  readonly follow: boolean;
  readonly raw: boolean;
  readonly since: string | undefined;
  readonly tail: string | undefined;
  readonly timestamps: boolean;
  readonly "no-resolve": boolean;
  readonly "no-task-ids": boolean;
  readonly "no-trunc": boolean;
};

type Shown = {
  /** Of the containers whose logs are looked at. */
  readonly label: string;
  /** The tasks that are known by now. */
  readonly rows: readonly TaskRow[];
  readonly wants: (owner: LogOwner) => boolean;
};

/** Prints what tasks printed on whatever nodes, each line with its task in front; with `follow` also of those that come. */
export async function showTaskLogs(
  cli: Cli,
  ask: NodeClient,
  values: Showing,
  { label, rows, wants }: Shown,
): Promise<void> {
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
  for await (const { record, entries } of clusterLogs(cli.engine(), wanted))
    if (wants(record) && !lines.print(record, entries)) break;
}

/** Where tasks may come to be. */
async function readyNodes(ask: NodeClient): Promise<string[]> {
  const nodes = await ask<NodeSummary[]>("GET", "/nodes");
  return nodes.flatMap(({ node }) => (node.state === "ready" ? [node.id] : []));
}

/** Where the tasks are, or were, whose containers have a label. */
function nodesOf(rows: readonly TaskRow[], label: string): string[] {
  const isOfOne = label.startsWith(`${TASK_LABELS.task}=`);
  const shown = rows.filter(({ task }) => !isOfOne || label.endsWith(task.id));
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
