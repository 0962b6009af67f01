import { writeAll } from "./context.ts";

const GAP = 2;

/** A table that keeps its place on the terminal. */
type LiveScreen = Disposable & { readonly draw: (text: string) => void };

/** Takes the terminal for a table that is drawn anew in its place; the cursor is back when it is disposed. */
export function liveScreen(): LiveScreen {
  writeAll(1, "\u001B[?25l\u001B[2J");
  const restore = (): void => void writeAll(1, "\u001B[?25h");
  const leave = (signal: NodeJS.Signals): void => {
    restore();
    process.off(signal, leave);
    process.kill(process.pid, signal);
  };
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, leave);
  return {
    draw: (text) => {
      // Each line is cleared behind its text, and what stood below: without the flicker of a cleared screen.
      const lines = text
        .trimEnd()
        .split("\n")
        .slice(0, Math.max(1, process.stdout.rows - 1));
      writeAll(1, `\u001B[H${lines.map((line) => `${line}\u001B[K\n`).join("")}\u001B[J`);
    },
    [Symbol.dispose]: () => {
      restore();
      for (const signal of ["SIGINT", "SIGTERM"] as const) process.off(signal, leave);
    },
  };
}

/** Rows as columns, the first ones that fit into the width; a line that wraps would not be drawn over. */
export function fitColumns(rows: readonly (readonly string[])[], width: number): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => Bun.stringWidth(row[column] ?? ""))));
  let used = 0;
  const count = widths.filter((cell) => {
    used += cell + GAP;
    return used - GAP <= width;
  }).length;
  return rows
    .map((row) => {
      const cells = row.slice(0, count).map((cell, column) => cell.padEnd((widths[column] ?? 0) + GAP));
      return `${cells.join("").trimEnd().slice(0, width)}\n`;
    })
    .join("");
}
