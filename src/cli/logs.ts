import { type LogEntry, readLog } from "../engine/logs.ts";
import { parseDuration } from "../lib/duration.ts";
import { EstibaError } from "../lib/error.ts";
import { findContainer } from "../state/containers.ts";
import { type Command, defineCommand } from "./command.ts";
import { badOption } from "./container/bad-option.ts";
import { SELECT_OPTIONS, selectContainers } from "./container/select.ts";
import { writeAll } from "./context.ts";

type LogView = {
  readonly timestamps: boolean;
  readonly since: number | undefined;
  readonly until: number | undefined;
};

export const command: Command = defineCommand({
  name: "logs",
  summary: "Show what a container printed",
  usage: "[OPTIONS] CONTAINER",
  options: {
    follow: { kind: "flag", short: "f", help: "Go on until the container ends" },
    latest: SELECT_OPTIONS.latest,
    since: { kind: "string", value: "TIME", help: "Only what is later than a time (RFC 3339) or a while ago (10m)" },
    tail: { kind: "string", short: "n", value: "N", help: "Only the last N lines (all for every one)" },
    timestamps: { kind: "flag", short: "t", help: "Put the time in front of each line" },
    until: { kind: "string", value: "TIME", help: "Only what is earlier than a time or a while ago" },
  },
  args: [0, 1],
  complete: "container",
  examples: [
    ["estiba logs --tail 20 --follow web", "the last lines, and what comes"],
    ["estiba logs --since 10m web", "the last ten minutes"],
  ],
  async run(values, args, cli) {
    const [name = ""] = selectContainers(cli, args, { ...values, all: false, cidfile: [] });
    const engine = cli.engine();
    const record = findContainer(engine.store, name);
    if (record.spec.logDriver === "none") {
      throw new EstibaError("unsupported", {
        reason: "container.no_log",
        what: `container "${record.name}" keeps no log: it was made with --log-driver none`,
      });
    }
    const view: LogView = {
      timestamps: values.timestamps,
      since: timeOf("--since", values.since),
      until: timeOf("--until", values.until),
    };
    const tail = tailOf(values.tail);
    const interrupt = new AbortController();
    process.once("SIGINT", () => interrupt.abort());
    const skip =
      tail === undefined ? 0 : Math.max(0, (await countLines(readLog(engine, record, { follow: false }), view)) - tail);
    await printEntries(readLog(engine, record, { follow: values.follow, signal: interrupt.signal }), view, skip);
    return interrupt.signal.aborted ? 130 : 0;
  },
});

async function countLines(entries: AsyncIterable<LogEntry>, view: LogView): Promise<number> {
  let lines = 0;
  for await (const entry of entries) if (isInView(entry, view) && !entry.partial) lines++;
  return lines;
}

async function printEntries(entries: AsyncIterable<LogEntry>, view: LogView, skip: number): Promise<void> {
  let skipped = 0;
  const lineOpen = { stdout: false, stderr: false };
  for await (const entry of entries) {
    if (!isInView(entry, view)) continue;
    if (skipped < skip) {
      if (!entry.partial) skipped++;
      continue;
    }
    const prefix = view.timestamps && !lineOpen[entry.stream] ? `${entry.time} ` : "";
    lineOpen[entry.stream] = entry.partial;
    writeAll(
      entry.stream === "stdout" ? 1 : 2,
      Buffer.concat([Buffer.from(prefix), entry.text, Buffer.from(entry.partial ? "" : "\n")]),
    );
  }
}

function isInView({ time }: LogEntry, { since, until }: LogView): boolean {
  if (since === undefined && until === undefined) return true;
  const at = Date.parse(time);
  return at >= (since ?? Number.NEGATIVE_INFINITY) && at <= (until ?? Number.POSITIVE_INFINITY);
}

function tailOf(text: string | undefined): number | undefined {
  if (text === undefined || text === "all" || text === "-1") return undefined;
  if (!/^\d+$/.test(text)) throw badOption("--tail", text, "a number of lines or all");
  return Number(text);
}

/** Milliseconds since the epoch of an RFC 3339 time, a Unix time, or a Go duration ago. */
function timeOf(option: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (/^\d+(\.\d+)?$/.test(text)) return Number(text) * 1000;
  const ago = parseDuration(text);
  const at = ago === undefined ? Date.parse(text) : Date.now() - ago;
  if (Number.isNaN(at)) throw badOption(option, text, "a time", "for example 10m, 2026-01-31T12:00:00Z or a Unix time");
  return at;
}
