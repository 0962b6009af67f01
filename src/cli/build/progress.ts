import type { BuildEvent } from "../../build/events.ts";
import type { ImageRecord } from "../../state/images.ts";
import type { Cli } from "../context.ts";
import { liveTree } from "./live-tree.ts";
import { plainLines } from "./plain-lines.ts";
import { StepLog } from "./step-log.ts";

/** Shows what happens; `end` is called once, whether the build went well or not. */
export type Display = { readonly show: (event: BuildEvent) => void; readonly end: () => void };

type ShowOptions = { readonly quiet: boolean; readonly progress: string | undefined };

/**
 * Runs a build to its end and tells on stderr how it goes: a live tree of steps on a terminal, else a line for each step and what its command
 * prints, or every event as JSON. What a display does not show of a step that fails is shown at the end, with the lines of the Containerfile;
 * quiet, nothing else is. Returns the image.
 */
export async function showBuild(
  cli: Cli,
  steps: AsyncGenerator<BuildEvent, ImageRecord>,
  { quiet, progress = "auto" }: ShowOptions,
): Promise<ImageRecord> {
  const onTerminal = progress === "tty" || (progress === "auto" && process.stderr.isTTY);
  const log = new StepLog();
  const json = progress === "json" || progress === "rawjson";
  const display = quiet ? undefined : json ? jsonLines(cli) : onTerminal ? liveTree(cli) : plainLines(cli);
  let failure = "";
  try {
    for (;;) {
      const step = await steps.next();
      if (step.done === true) return step.value;
      log.take(step.value);
      display?.show(step.value);
      if (step.value.kind === "failed" && !json) failure = log.failure(step.value, quiet || onTerminal);
    }
  } finally {
    display?.end();
    cli.err(failure);
  }
}

function jsonLines(cli: Cli): Display {
  return {
    show: (event) => {
      const shown =
        event.kind === "output" ? { ...event, bytes: undefined, text: Buffer.from(event.bytes).toString() } : event;
      cli.err(`${JSON.stringify({ time: new Date().toISOString(), ...shown })}\n`);
    },
    end: () => undefined,
  };
}
