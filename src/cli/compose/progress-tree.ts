import type { Line } from "./step-words.ts";

type Tree = Disposable & { readonly show: (line: Line) => void; readonly notice: (text: string) => void };
type Entry = Line & { readonly beganAt: number; readonly endedAt?: number };

const SPINNER = ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"];
const TICK_MS = 100;
const MARKS = { done: "✔", warning: "!", error: "✘" } as const;
const COLORS = { working: "33", done: "32", warning: "33", error: "31" } as const;

/** A line for each thing, drawn anew in its place on the terminal until it is disposed. */
export function progressTree({
  title,
  color,
  err,
}: {
  readonly title: string;
  readonly color: boolean;
  readonly err: (text: string) => void;
}): Tree {
  const entries = new Map<string, Entry>();
  let drawn = 0;
  let tick = 0;
  const draw = (): void => {
    const columns = Math.max(40, process.stderr.columns || 80);
    const rows = Math.max(3, (process.stderr.rows || 24) - 2);
    const lines = treeLines([...entries.values()], { title, color, columns, rows, tick: tick++ });
    err(`${drawn === 0 ? "" : `\u001B[${drawn}A`}${lines.map((line) => `\r${line}\u001B[K\n`).join("")}\u001B[J`);
    drawn = lines.length;
  };
  err("\u001B[?25l");
  const timer = setInterval(draw, TICK_MS);
  return {
    show: (line) => {
      const now = performance.now();
      const known = entries.get(line.id);
      const beganAt = known?.state === "working" ? known.beganAt : now;
      entries.set(line.id, { ...line, beganAt, ...(line.state === "working" ? {} : { endedAt: now }) });
    },
    notice: (text) => {
      // Above the tree, which is drawn anew below it.
      err(`${drawn === 0 ? "" : `\u001B[${drawn}A\u001B[J`}WARN: ${text}\n`);
      drawn = 0;
    },
    [Symbol.dispose]: () => {
      clearInterval(timer);
      if (entries.size > 0) draw();
      err("\u001B[?25h");
    },
  };
}

type Look = {
  readonly title: string;
  readonly color: boolean;
  readonly columns: number;
  readonly rows: number;
  readonly tick: number;
};

/** The tree as it is at a moment. What does not fit is left out, what is done first. */
export function treeLines(entries: readonly Entry[], { title, color, columns, rows, tick }: Look): string[] {
  const paint = (state: Line["state"], text: string): string =>
    color ? `\u001B[${COLORS[state]}m${text}\u001B[0m` : text;
  const done = entries.filter(({ state }) => state !== "working").length;
  const working = entries.filter(({ state }) => state === "working");
  const room = Math.max(1, rows - 1);
  const shown =
    entries.length <= room
      ? entries
      : [...working, ...entries.filter((entry) => !working.includes(entry)).toReversed()].slice(0, room);
  const width = Math.max(...shown.map(({ id }) => id.length), 0);
  const status = Math.max(...shown.map(({ text }) => text.length), 0);
  const lines = shown.map((entry) => {
    const { id, state, text, detail = "", beganAt, endedAt } = entry;
    const mark = state === "working" ? (SPINNER[tick % SPINNER.length] ?? "") : MARKS[state];
    const seconds = `${(((endedAt ?? performance.now()) - beganAt) / 1000).toFixed(1)}s`;
    const plain = ` ${id.padEnd(width)}  ${text.padEnd(status)}`;
    const left = Math.max(0, columns - plain.length - seconds.length - 6);
    return ` ${paint(state, mark)}${plain.slice(0, columns - 4)} ${detail.slice(0, left).padEnd(left)} ${seconds}`;
  });
  return [`[+] ${title} ${done}/${entries.length}`, ...lines];
}
