import type { Engine } from "../../engine/engine.ts";
import { matchesLabel } from "../../engine/label-filter.ts";
import type { LogEntry } from "../../engine/log/entry.ts";
import { followContainers } from "../../engine/log/follow.ts";
import { mergeByTime } from "../../engine/log/merge.ts";
import { readLog } from "../../engine/log/read.ts";
import type { ContainerRecord } from "../../state/container.ts";
import { listContainers } from "../../state/containers.ts";

type Asked = {
  /** `KEY=VALUE`: the label that the tasks' containers have. */
  readonly label: string;
  /** Go on with what comes, also of tasks that begin later. */
  readonly follow: boolean;
  /** Lines of each that were there before; undefined for all. */
  readonly tail?: number | undefined;
  readonly signal: AbortSignal;
};

/** What tasks on this node have printed: what is there by time, what comes as it comes. */
export async function* taskLogs(
  engine: Engine,
  { label, follow, tail, signal }: Asked,
): AsyncGenerator<{ readonly record: ContainerRecord; readonly entries: readonly LogEntry[] }> {
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
