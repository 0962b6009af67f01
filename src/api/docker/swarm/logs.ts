import { TASK_LABELS } from "../../../cluster/agent/labels.ts";
import type { NodeClient } from "../../../cluster/door/client.ts";
import type { NodeSummary, ServiceSummary } from "../../../cluster/door/wire.ts";
import { clusterLogs } from "../../../cluster/reach/cluster-logs.ts";
import type { LogOwner } from "../../../cluster/reach/task-logs.ts";
import type { Call, Reply } from "../../http/call.ts";
import { streamType } from "../../http/frames.ts";
import { type LogWish, pieceMaker, wishOf } from "../container/logs.ts";
import { askManager, named } from "./ask.ts";
import { findTask, ownedTasks } from "./tasks.ts";

/** `GET /services/{id}/logs` */
export async function serviceLogs(call: Call): Promise<Reply> {
  const ask = await askManager(call);
  const { service } = await ask<ServiceSummary>("GET", `/services/${named(call)}`);
  return await reply(call, ask, { label: `${TASK_LABELS.service}=${service.id}`, tty: service.spec.container.tty });
}

/** `GET /tasks/{id}/logs` */
export async function taskLogsOf(call: Call): Promise<Reply> {
  const ask = await askManager(call);
  const { row, summary } = findTask(await ownedTasks(call), call.params["id"] ?? "");
  const tty = summary?.service.spec.container.tty ?? false;
  return await reply(call, ask, { label: `${TASK_LABELS.task}=${row.task.id}`, tty });
}

type Shown = { readonly label: string; readonly tty: boolean };

async function reply(call: Call, ask: NodeClient, shown: Shown): Promise<Reply> {
  const wish = wishOf(call);
  const nodes = (await ask<NodeSummary[]>("GET", "/nodes")).flatMap(({ node }) =>
    node.state === "ready" ? [node.id] : [],
  );
  return {
    status: 200,
    type: streamType(shown.tty, call.version),
    stream: pieces(call, ask, { ...shown, wish, nodes }),
  };
}

type Asked = Shown & { readonly wish: LogWish; readonly nodes: readonly string[] };

async function* pieces(
  { engine, query }: Call,
  ask: NodeClient,
  { label, tty, wish, nodes }: Asked,
): AsyncGenerator<Uint8Array> {
  const makers = new Map<string, ReturnType<typeof pieceMaker>>();
  const { follow, tail, signal } = wish;
  // The protocol has no place for what is missing.
  const asked = { label, follow, tail, signal, nodes, silent: () => undefined };
  const withDetails = query.flag("details");
  for await (const { record, entries } of clusterLogs(engine, asked)) {
    const details = withDetails ? `${detailsOf(record)} ` : "";
    const take = makers.get(record.id) ?? pieceMaker({ ...wish, details, detailsAlways: withDetails }, tty);
    makers.set(record.id, take);
    const { bytes } = take(entries);
    if (bytes.length > 0) yield bytes;
  }
}

/** Whose line it is, as Docker's command reads it out of each. */
function detailsOf({ labels }: LogOwner): string {
  return [TASK_LABELS.node, TASK_LABELS.service, TASK_LABELS.task]
    .map((name) => `${name}=${encodeURIComponent(labels[name] ?? "")}`)
    .join(",");
}
