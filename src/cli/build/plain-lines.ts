import type { BuildEvent, StepPlace } from "../../build/events.ts";
import { plainLine, stagePrefix } from "../../build/plain-line.ts";
import type { Cli } from "../context.ts";
import type { Display } from "./progress.ts";

/** A line for each step as it begins and ends, and its output: as it comes, or whole lines with the stage's name where there are several. */
export function plainLines(cli: Cli): Display {
  const begun = new Map<string, string>();
  const output = (event: BuildEvent & { kind: "output" }): void => {
    const text = new TextDecoder().decode(event.bytes);
    if (event.stage === undefined) {
      cli.err(text);
      return;
    }
    const lines = `${begun.get(event.stage) ?? ""}${text}`.split("\n");
    begun.set(event.stage, lines.pop() ?? "");
    cli.err(lines.map((line) => `${stagePrefix(event)}${line}\n`).join(""));
  };
  const flush = (event: StepPlace): void => {
    const rest = event.stage === undefined ? "" : (begun.get(event.stage) ?? "");
    if (event.stage !== undefined) begun.delete(event.stage);
    if (rest !== "") cli.err(`${stagePrefix(event)}${rest}\n`);
  };
  return {
    show: (event) => {
      if (event.kind === "output") output(event);
      else {
        if (event.kind === "end" || event.kind === "failed") flush(event);
        cli.err(plainLine(event));
      }
    },
    end: () => undefined,
  };
}
