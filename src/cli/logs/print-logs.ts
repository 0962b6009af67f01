import type { LogEntry } from "../../engine/log/entry.ts";
import { interleave, mergeByTime } from "../../engine/log/merge.ts";
import { LogPrinter } from "./printer.ts";

/** The log of one container, here or elsewhere. */
export type NamedLog = {
  readonly id: string;
  readonly name: string;
  /** What stands in front of each line; "" for nothing. */
  readonly details: string;
  readonly entries: AsyncGenerator<LogEntry[], void, undefined>;
};

type Printing = {
  /** As lines come, else by time. */
  readonly follow: boolean;
  /** Lines say whose they are: by the name, or by the id. */
  readonly labelled: boolean;
  readonly names: boolean;
  readonly color: boolean;
  readonly timestamps: boolean;
  readonly since?: number | undefined;
  readonly until?: number | undefined;
};

/** Prints logs as one, until they end, or nobody reads any more. */
export async function printLogs(logs: readonly NamedLog[], options: Printing): Promise<void> {
  const { follow, labelled, names, color, timestamps, since, until } = options;
  const printer = new LogPrinter({
    timestamps,
    since,
    until,
    sources: logs.map(({ id, name, details }) => ({
      label: labelled ? `${names ? name : id.slice(0, 12)} ` : "",
      details,
      colored: color && (process.env["NO_COLOR"] ?? "") === "",
    })),
  });
  const all = logs.map(({ entries }) => entries);
  for await (const { source, entries } of follow ? interleave(all) : mergeByTime(all))
    if (!printer.print(source, entries)) break;
}
