import type { Cli } from "../context.ts";
import type { Display } from "./progress.ts";
import { StepTree } from "./tree.ts";

const FRAME_MS = 100;
const HIDE = "\u001b[?25l";
const SHOW = "\u001b[?25h";

/** Draws the tree of steps over itself ten times a second, with colours unless NO_COLOR says otherwise. */
export function liveTree(cli: Cli): Display {
  const tree = new StepTree(performance.now());
  const color = (process.env["NO_COLOR"] ?? "") === "";
  const after: string[] = [];
  let drawn = 0;
  const draw = (): void => {
    const screen = { columns: process.stderr.columns || 80, rows: process.stderr.rows || 24, color };
    const lines = tree.render(performance.now(), screen);
    const up = drawn === 0 ? HIDE : `\u001b[${drawn}A`;
    cli.err(`${up}\r\u001b[J${lines.map((line) => `${line}\n`).join("")}`);
    drawn = lines.length;
  };
  const timer = setInterval(draw, FRAME_MS);
  return {
    show: (event) => {
      tree.take(event, performance.now());
      if (event.kind === "warning") after.push(`[Warning] ${event.text}\n`);
      if (event.kind === "image") for (const name of event.names) after.push(`Successfully tagged ${name}\n`);
    },
    end: () => {
      clearInterval(timer);
      draw();
      cli.err(`${SHOW}${after.join("")}`);
    },
  };
}
