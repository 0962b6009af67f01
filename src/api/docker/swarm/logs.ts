import { TASK_LABELS } from "../../../cluster/agent/labels.ts";
import type { ServiceSummary } from "../../../cluster/door/wire.ts";
import { taskLogs } from "../../../cluster/reach/task-logs.ts";
import type { ContainerRecord } from "../../../state/container.ts";
import type { Call, Reply } from "../../http/call.ts";
import { streamType } from "../../http/frames.ts";
import { type LogWish, pieceMaker, wishOf } from "../container/logs.ts";
import { askManager, named } from "./ask.ts";
import { findTask, ownedTasks } from "./tasks.ts";

/** `GET /services/{id}/logs` */
export async function serviceLogs(call: Call): Promise<Reply> {
  const ask = await askManager(call);
  const { service } = await ask<ServiceSummary>("GET", `/services/${named(call)}`);
  return reply(call, `${TASK_LABELS.service}=${service.id}`, service.spec.container.tty);
}

/** `GET /tasks/{id}/logs` */
export async function taskLogsOf(call: Call): Promise<Reply> {
  const { row, summary } = findTask(await ownedTasks(call), call.params["id"] ?? "");
  return reply(call, `${TASK_LABELS.task}=${row.task.id}`, summary?.service.spec.container.tty ?? false);
}

function reply(call: Call, label: string, tty: boolean): Reply {
  const wish = wishOf(call);
  return { status: 200, type: streamType(tty, call.version), stream: pieces(call, { label, tty, wish }) };
}

type Asked = { readonly label: string; readonly tty: boolean; readonly wish: LogWish };

async function* pieces({ engine, query }: Call, { label, tty, wish }: Asked): AsyncGenerator<Uint8Array> {
  const makers = new Map<string, ReturnType<typeof pieceMaker>>();
  const withDetails = query.flag("details");
  for await (const { record, entries } of taskLogs(engine, { label, ...wish })) {
    const details = withDetails ? `${detailsOf(record)} ` : "";
    const take = makers.get(record.id) ?? pieceMaker({ ...wish, details, detailsAlways: withDetails }, tty);
    makers.set(record.id, take);
    const { bytes } = take(entries);
    if (bytes.length > 0) yield bytes;
  }
}

/** Whose line it is, as Docker's command reads it out of each. */
function detailsOf({ labels }: ContainerRecord): string {
  return [TASK_LABELS.node, TASK_LABELS.service, TASK_LABELS.task]
    .map((name) => `${name}=${encodeURIComponent(labels[name] ?? "")}`)
    .join(",");
}
