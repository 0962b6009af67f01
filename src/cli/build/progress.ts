import type { BuildEvent, StepPlace } from "../../build/events.ts";
import type { ImageRecord } from "../../state/images.ts";
import type { Cli } from "../context.ts";

/**
 * Runs a build to its end and tells on stderr how it goes: a line for each step, what its command prints, and for what was seen before that
 * the cache has it. Quiet: the output of a command is only shown when it fails. Returns the image.
 */
export async function showBuild(
  cli: Cli,
  steps: AsyncGenerator<BuildEvent, ImageRecord>,
  { quiet }: { readonly quiet: boolean },
): Promise<ImageRecord> {
  const held = new Map<string, Uint8Array[]>();
  try {
    for (;;) {
      const step = await steps.next();
      if (step.done === true) return step.value;
      if (quiet) hold(held, step.value);
      else tell(cli, step.value);
    }
  } catch (error) {
    for (const bytes of [...held.values()].flat()) cli.err(new TextDecoder().decode(bytes));
    throw error;
  }
}

function hold(held: Map<string, Uint8Array[]>, event: BuildEvent): void {
  if (event.kind === "output") held.set(keyOf(event), [...(held.get(keyOf(event)) ?? []), event.bytes]);
  // What went well is not of interest any more.
  else if (event.kind === "end") held.delete(keyOf(event));
}

function tell(cli: Cli, event: BuildEvent): void {
  switch (event.kind) {
    case "warning":
      cli.err(`[Warning] ${event.text}\n`);
      return;
    case "pull":
      if (event.progress.kind === "trying") cli.err(`Trying to pull ${event.progress.name}...\n`);
      return;
    case "begin":
      cli.err(`${prefixOf(event)}STEP ${event.number}${event.of === 0 ? "" : `/${event.of}`}: ${event.title}\n`);
      return;
    case "output":
      cli.err(new TextDecoder().decode(event.bytes));
      return;
    case "end":
      if (event.cached) cli.err(`--> Using cache ${event.layer?.slice("sha256:".length, 19) ?? ""}\n`);
      else cli.err(`--> ${event.layer?.slice("sha256:".length, 19) ?? "nothing changed"}\n`);
      return;
    case "image":
      for (const name of event.names) cli.err(`Successfully tagged ${name}\n`);
  }
}

function keyOf({ stage, number }: StepPlace): string {
  return `${stage ?? ""} ${number}`;
}

function prefixOf({ stage }: StepPlace): string {
  return stage === undefined ? "" : `[${stage}] `;
}
