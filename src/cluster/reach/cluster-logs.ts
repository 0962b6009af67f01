import type { Engine } from "../../engine/engine.ts";
import type { LogEntry } from "../../engine/log/entry.ts";
import { interleave, mergeByTime } from "../../engine/log/merge.ts";
import { isEstibaError } from "../../lib/error.ts";
import { readIdentity } from "../node/identity.ts";
import { tasksOf } from "./dial.ts";
import { type LogOwner, type LogPiece, type LogWish, type OwnedEntries, ownedEntries, taskLogs } from "./task-logs.ts";

type Asked = LogWish & {
  /** The nodes that tasks are, or were, on. */
  readonly nodes: readonly string[];
  readonly signal: AbortSignal;
  /** Is told of each node whose logs cannot be had now. */
  readonly silent: (nodeId: string) => void;
};

type OwnedEntry = LogEntry & { readonly owner: LogOwner };

/** What tasks have printed, wherever they are: what is there by time, what comes as it comes. */
export async function* clusterLogs(
  engine: Engine,
  { nodes, silent, signal, ...wish }: Asked,
): AsyncGenerator<OwnedEntries> {
  const own = readIdentity(engine)?.nodeId;
  const elsewhere = [...new Set(nodes)]
    .filter((nodeId) => nodeId !== own)
    .map((nodeId) => owned(brought(engine, { nodeId, wish, signal, silent })));
  const logs = [owned(taskLogs(engine, { ...wish, signal })), ...elsewhere];
  for await (const { entries } of wish.follow ? interleave(logs) : mergeByTime(logs))
    yield* byOwner(entries as readonly OwnedEntry[]);
}

type OfNode = Pick<Asked, "signal" | "silent"> & { readonly nodeId: string; readonly wish: LogWish };

/** What one node has, from now on. */
async function* brought(
  engine: Engine,
  { nodeId, wish, signal, silent }: OfNode,
): AsyncGenerator<OwnedEntries, void, undefined> {
  try {
    using client = tasksOf(engine, nodeId);
    const query = { ...wish };
    for await (const piece of client.objects<LogPiece>("GET", "/logs", { query, signal })) yield ownedEntries(piece);
  } catch (error) {
    if (signal.aborted) return;
    if (!isEstibaError(error, "unavailable")) throw error;
    silent(nodeId);
  }
}

async function* owned(parts: AsyncGenerator<OwnedEntries>): AsyncGenerator<OwnedEntry[], void, undefined> {
  for await (const { record, entries } of parts) yield entries.map((entry) => ({ ...entry, owner: record }));
}

function* byOwner(entries: readonly OwnedEntry[]): Generator<OwnedEntries> {
  for (let from = 0; from < entries.length; ) {
    const record = entries[from]?.owner;
    let end = from + 1;
    while (end < entries.length && entries[end]?.owner.id === record?.id) end += 1;
    if (record !== undefined) yield { record, entries: entries.slice(from, end) };
    from = end;
  }
}
