import type { Engine } from "../../engine/engine.ts";
import { matchesLabel } from "../../engine/label-filter.ts";
import type { LogEntry } from "../../engine/log/entry.ts";
import { followContainers } from "../../engine/log/follow.ts";
import { mergeByTime } from "../../engine/log/merge.ts";
import { readLog } from "../../engine/log/read.ts";
import { listContainers } from "../../state/containers.ts";
import { TASK_LABELS } from "../agent/labels.ts";

/** Logs of the containers with a label. */
export type LogWish = { readonly label: string; readonly follow: boolean; readonly tail?: number | undefined };

/** What containers of tasks have printed, as it travels: the text in base64. */
export type LogPiece = {
  readonly id: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly entries: readonly (readonly [time: string, stream: "stdout" | "stderr", partial: boolean, text: string])[];
};

/** The container of a task, here or elsewhere. */
export type LogOwner = { readonly id: string; readonly labels: Readonly<Record<string, string>> };

/** What one container has printed. */
export type OwnedEntries = { readonly record: LogOwner; readonly entries: readonly LogEntry[] };

/** What tasks on this node have printed: what is there by time, what comes as it comes. */
export async function* taskLogs(
  engine: Engine,
  { label, follow, tail, signal }: LogWish & { readonly signal: AbortSignal },
): AsyncGenerator<OwnedEntries> {
  if (follow) {
    for await (const event of followContainers(engine, { label, wants: () => true, tail, follow }, signal))
      if (event.kind === "lines") yield { record: event.record, entries: event.entries };
    return;
  }
  const records = listContainers(engine.store).filter(({ labels }) => matchesLabel(labels, label));
  const logs = records.map((record) => readLog(engine, record, { follow: false, tail, signal }));
  for await (const { source, entries } of mergeByTime(logs)) {
    const record = records[source];
    if (record !== undefined) yield { record, entries };
  }
}

const TOLD = new Set<string>(Object.values(TASK_LABELS));

export function pieceOf({ record, entries }: OwnedEntries): LogPiece {
  return {
    id: record.id,
    labels: Object.fromEntries(Object.entries(record.labels).filter(([name]) => TOLD.has(name))),
    entries: entries.map(({ time, stream, partial, text }) => [
      time,
      stream,
      partial,
      Buffer.from(text).toString("base64"),
    ]),
  };
}

export function ownedEntries({ id, labels, entries }: LogPiece): OwnedEntries {
  return {
    record: { id, labels },
    entries: entries.map(([time, stream, partial, text]) => ({
      time,
      stream,
      partial,
      text: Buffer.from(text, "base64"),
    })),
  };
}
