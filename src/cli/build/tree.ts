import type { BuildEvent, StepPlace } from "../../build/events.ts";
import { formatSize } from "../../lib/size.ts";

type Row = {
  readonly label: string;
  readonly beganMs: number;
  state: "running" | "done" | "cached" | "failed";
  seconds: number;
  lastLine: string;
};

/** How a terminal is drawn on. */
export type TreeScreen = { readonly columns: number; readonly rows: number; readonly color: boolean };

const PAINT = { cached: "\u001b[2m", done: "\u001b[34m", failed: "\u001b[31m", running: "" } as const;
const RESET = "\u001b[0m";
// eslint-disable-next-line no-control-regex
const ESCAPES = /\u001b(?:\[[0-9;?]*[ -/]*[@-~]|\][^\u0007]*\u0007|.)/g;
// eslint-disable-next-line no-control-regex
const CONTROLS = /[\u0000-\u0008\u000b-\u001f\u007f]/g;

/** The steps of a build as a terminal shows them: those that run with their time and last line of output, the others with how they ended. */
export class StepTree {
  readonly #rows = new Map<string, Row>();
  readonly #beganMs: number;

  constructor(nowMs: number) {
    this.#beganMs = nowMs;
  }

  /** Takes note of what happened. */
  take(event: BuildEvent, nowMs: number): void {
    switch (event.kind) {
      case "begin":
        this.#rows.set(keyOf(event), newRow(labelOf(event), nowMs));
        return;
      case "output": {
        const row = this.#rows.get(keyOf(event));
        const line = plainText(new TextDecoder().decode(event.bytes)).trimEnd().split("\n").at(-1) ?? "";
        if (row !== undefined && line !== "") row.lastLine = line;
        return;
      }
      case "end":
        this.#finish(event, event.cached ? "cached" : "done", event.seconds);
        return;
      case "failed":
        this.#finish(event, "failed", event.seconds);
        return;
      case "pull":
        this.#pull(event.progress, nowMs);
        return;
      case "warning":
      case "image":
    }
  }

  /** The lines to draw: no longer than the screen is wide, no more than it is high; what ran longest ago gives way. */
  render(nowMs: number, { columns, rows, color }: TreeScreen): string[] {
    const all = [...this.#rows.values()];
    const ended = all.filter(({ state }) => state === "done" || state === "cached").length;
    const head = `[+] Building ${seconds((nowMs - this.#beganMs) / 1000)} (${ended}/${all.length})`;
    const lines = all.flatMap((row) => rowLines(row, nowMs, { columns, color }));
    return [head.slice(0, columns), ...lines.slice(-Math.max(1, rows - 2))];
  }

  #finish(place: StepPlace, state: Row["state"], took: number): void {
    const row = this.#rows.get(keyOf(place));
    if (row === undefined) return;
    row.state = state;
    row.seconds = took;
  }

  #pull(progress: (BuildEvent & { kind: "pull" })["progress"], nowMs: number): void {
    if (progress.kind === "trying") {
      this.#rows.set(`pull ${progress.name}`, newRow(`pull ${progress.name}`, nowMs));
      return;
    }
    const row = this.#rows.get(`layer ${progress.digest}`) ?? newRow(`layer ${progress.digest.slice(7, 19)}`, nowMs);
    this.#rows.set(`layer ${progress.digest}`, row);
    row.lastLine = `${formatSize(progress.currentBytes)} / ${formatSize(progress.totalBytes)}`;
    row.seconds = (nowMs - row.beganMs) / 1000;
    if (progress.phase === "done" || progress.phase === "present") row.state = "done";
  }
}

/** Text without escape sequences and other characters that would move the cursor. Pure. */
function plainText(text: string): string {
  return text.replaceAll(ESCAPES, "").replaceAll(/\r\n?/g, "\n").replaceAll("\t", " ").replaceAll(CONTROLS, "");
}

/** What a step is called: its stage, its number and its instruction. Pure. */
export function labelOf({ stage, number, of, title }: StepPlace & { readonly title: string }): string {
  const place = [stage, of === 0 ? undefined : `${number}/${of}`].filter((part) => part !== undefined).join(" ");
  return plainText(`${place === "" ? "" : `[${place}] `}${title}`).replaceAll("\n", " ");
}

function newRow(label: string, nowMs: number): Row {
  return { label, beganMs: nowMs, state: "running", seconds: 0, lastLine: "" };
}

function rowLines(row: Row, nowMs: number, { columns, color }: Omit<TreeScreen, "rows">): string[] {
  const { state, label, lastLine } = row;
  const time = seconds(state === "running" ? (nowMs - row.beganMs) / 1000 : row.seconds);
  const mark = { cached: "CACHED ", failed: "ERROR ", done: "", running: "" }[state];
  const room = columns - time.length - 1;
  const text = fit(` => ${mark}${label}`, room);
  const line = `${text}${" ".repeat(Math.max(0, room - Bun.stringWidth(text)))} ${time}`;
  const painted = color && PAINT[state] !== "" ? `${PAINT[state]}${line}${RESET}` : line;
  return state === "running" && lastLine !== "" ? [painted, fit(` => => ${lastLine}`, columns)] : [painted];
}

function fit(text: string, columns: number): string {
  if (Bun.stringWidth(text) <= columns) return text;
  let cut = text.slice(0, Math.max(0, columns - 3));
  while (Bun.stringWidth(cut) > columns - 3) cut = cut.slice(0, -1);
  return `${cut}...`;
}

function seconds(value: number): string {
  return `${value.toFixed(1)}s`;
}

function keyOf({ stage, number }: StepPlace): string {
  return `${stage ?? ""} ${number}`;
}
