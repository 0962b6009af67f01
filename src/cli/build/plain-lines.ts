import type { BuildEvent, StepPlace } from "../../build/events.ts";
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
    cli.err(lines.map((line) => `${prefixOf(event)}${line}\n`).join(""));
  };
  const flush = (event: StepPlace): void => {
    const rest = event.stage === undefined ? "" : (begun.get(event.stage) ?? "");
    if (event.stage !== undefined) begun.delete(event.stage);
    if (rest !== "") cli.err(`${prefixOf(event)}${rest}\n`);
  };
  return {
    show: (event) => {
      if (event.kind === "output") output(event);
      else {
        if (event.kind === "end" || event.kind === "failed") flush(event);
        cli.err(lineOf(event));
      }
    },
    end: () => undefined,
  };
}

/** What is told of an event besides output; nothing for some. Pure. */
function lineOf(event: Exclude<BuildEvent, { kind: "output" }>): string {
  switch (event.kind) {
    case "warning":
      return `[Warning] ${event.text}\n`;
    case "pull":
      return event.progress.kind === "trying" ? `Trying to pull ${event.progress.name}...\n` : "";
    case "begin":
      return `${prefixOf(event)}STEP ${event.number}${event.of === 0 ? "" : `/${event.of}`}: ${event.title}\n`;
    case "end": {
      const layer = event.layer?.slice("sha256:".length, 19);
      if (event.of === 0) return "";
      return event.cached ? `--> Using cache ${layer ?? ""}\n` : `--> ${layer ?? "nothing changed"}\n`;
    }
    case "failed":
      return "";
    case "image":
      return event.names.map((name) => `Successfully tagged ${name}\n`).join("");
  }
}

function prefixOf({ stage }: StepPlace): string {
  return stage === undefined ? "" : `[${stage}] `;
}
