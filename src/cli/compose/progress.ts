import type { UpEvent } from "../../compose/up.ts";
import { type Line, linesOf } from "./step-words.ts";

/** How progress is shown: `auto` is a live tree on a terminal, plain lines elsewhere. */
export type ProgressMode = "auto" | "tty" | "plain" | "json" | "quiet";

type Display = Disposable & { readonly show: (line: Line) => void; readonly notice: (text: string) => void };

export type Showing = {
  readonly mode: ProgressMode;
  readonly color: boolean;
  readonly dryRun: boolean;
  /** The word in the head of the tree: `up`. */
  readonly title: string;
  readonly err: (text: string) => void;
};

/** Runs steps to their end and shows on stderr how they go. Returns what they give. */
export async function showSteps<Result>(
  events: AsyncGenerator<UpEvent, Result, undefined>,
  showing: Showing,
): Promise<Result> {
  using display = await displayFor(showing);
  for (;;) {
    const next = await events.next();
    if (next.done === true) return next.value;
    showEvent(display, next.value);
  }
}

/** The same up to where all is made: what follows is the caller's to show. */
export async function showMaking<Result>(
  events: AsyncGenerator<UpEvent, Result, undefined>,
  showing: Showing,
): Promise<void> {
  using display = await displayFor(showing);
  for (;;) {
    const next = await events.next();
    if (next.done === true || next.value.phase === "made") return;
    showEvent(display, next.value);
  }
}

function showEvent(display: Display, event: UpEvent): void {
  if (event.phase === "notice") display.notice(event.text);
  else if (event.phase !== "made") for (const line of linesOf(event)) display.show(line);
}

async function displayFor(showing: Showing): Promise<Display> {
  const tty = showing.mode === "tty" || (showing.mode === "auto" && process.stderr.isTTY);
  if (tty && !showing.dryRun) return (await import("./progress-tree.ts")).progressTree(showing);
  if (showing.mode === "quiet")
    return { show: () => undefined, notice: warn(showing), [Symbol.dispose]: () => undefined };
  const show = showing.mode === "json" ? jsonLines(showing) : plainLines(showing);
  return { show, notice: warn(showing), [Symbol.dispose]: () => undefined };
}

function plainLines({ err, dryRun }: Showing): (line: Line) => void {
  const prefix = dryRun ? " DRY-RUN MODE - " : "";
  return ({ id, text, detail }) => err(`${prefix} ${id} ${text}${detail === undefined ? "" : ` ${detail}`}\n`);
}

const STATUS = { working: "Working", done: "Done", warning: "Warning", error: "Error" } as const;

function jsonLines({ err, dryRun }: Showing): (line: Line) => void {
  return ({ id, text, state, detail }) => {
    const event = { ...(dryRun ? { "dry-run": true } : {}), id, status: STATUS[state], text };
    err(`${JSON.stringify(detail === undefined ? event : { ...event, details: detail })}\n`);
  };
}

function warn({ err }: Showing): (text: string) => void {
  return (text) => err(`WARN: ${text}\n`);
}
