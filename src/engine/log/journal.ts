import { EstibaError } from "../../lib/error.ts";
import type { ContainerRecord } from "../../state/container.ts";
import { getContainer } from "../../state/containers.ts";
import type { Engine } from "../engine.ts";
import { isRunning, observe } from "../status.ts";
import type { LogEntry } from "./entry.ts";
import type { LogRequest } from "./read.ts";

/** journalctl does not tell of a container's end: it is looked for. What conmon has sent by then gets there within this time. */
const RECHECK_MS = 500;

/**
 * {@link readLog} for a log in systemd's journal, by journalctl(1). `tail` counts entries: a line longer than conmon's buffer has several.
 * Throws `unsupported` where journalctl is missing.
 */
export async function* readJournal(
  engine: Engine,
  { id }: Pick<ContainerRecord, "id">,
  { follow, tail, signal }: LogRequest,
): AsyncGenerator<LogEntry[], void, undefined> {
  const program = Bun.which("journalctl");
  if (program === null) {
    throw new EstibaError("unsupported", {
      reason: "log.no_journalctl",
      what: "the container's log is in the journal, and the program journalctl, which reads it, is missing",
      fix: "install systemd",
    });
  }
  const lines = tail === undefined ? (follow ? ["--no-tail"] : []) : ["--lines", String(tail)];
  const fields = "--output-fields=MESSAGE,PRIORITY,CONTAINER_PARTIAL_MESSAGE";
  const options = [
    "--quiet",
    "--no-pager",
    "--all",
    "--output=json",
    fields,
    ...lines,
    ...(follow ? ["--follow"] : []),
  ];
  const child = Bun.spawn([program, ...options, `CONTAINER_ID_FULL=${id}`], { stdio: ["ignore", "pipe", "pipe"] });
  const end = (): void => child.kill();
  signal?.addEventListener("abort", end, { once: true });
  const timer = follow
    ? setInterval(() => (runs(engine, id) ? undefined : setTimeout(end, RECHECK_MS)), RECHECK_MS)
    : undefined;
  try {
    yield* entriesOf(child.stdout);
    const [code, errors] = await Promise.all([child.exited, new Response(child.stderr).text()]);
    if (code !== 0 && child.signalCode === null && errors.trim() !== "") throw failed(errors);
  } finally {
    clearInterval(timer);
    signal?.removeEventListener("abort", end);
    end();
  }
}

function runs(engine: Engine, id: string): boolean {
  const record = getContainer(engine.store, id);
  return record !== undefined && isRunning(observe(engine, record));
}

async function* entriesOf(output: ReadableStream<Uint8Array>): AsyncGenerator<LogEntry[]> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const bytes of output) {
    const lines = (rest + decoder.decode(bytes, { stream: true })).split("\n");
    rest = lines.pop() ?? "";
    yield lines.map(parseJournalEntry);
  }
}

/** An entry of `journalctl --output json`, as conmon writes it: text that is no UTF-8 is a list of bytes. */
export function parseJournalEntry(line: string): LogEntry {
  const fields = JSON.parse(line) as Readonly<Record<string, string | readonly number[] | null>>;
  const message = fields["MESSAGE"];
  return {
    time: rfc3339(String(fields["__REALTIME_TIMESTAMP"])),
    stream: fields["PRIORITY"] === "3" ? "stderr" : "stdout",
    partial: fields["CONTAINER_PARTIAL_MESSAGE"] === "true",
    // conmon leaves the line feed in.
    text: withoutFeed(typeof message === "string" ? Buffer.from(message) : Uint8Array.from(message ?? [])),
  };
}

function withoutFeed(text: Uint8Array): Uint8Array {
  return text.at(-1) === 10 ? text.subarray(0, -1) : text;
}

function rfc3339(micros: string): string {
  const ms = Number(micros.slice(0, -3));
  return new Date(ms).toISOString().replace(/\.\d+Z$/, `.${micros.slice(-6)}000Z`);
}

function failed(words: string): EstibaError {
  return new EstibaError("unavailable", {
    reason: "log.journalctl_failed",
    what: "journalctl could not read the container's log",
    cause: words.trim(),
  });
}
