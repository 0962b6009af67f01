import type { BuildEvent, StepPlace } from "./events.ts";

/** What is told of an event besides output, as lines; nothing for some. Pure. */
export function plainLine(event: Exclude<BuildEvent, { kind: "output" }>): string {
  switch (event.kind) {
    case "warning":
      return `[Warning] ${event.text}\n`;
    case "pull":
      return event.progress.kind === "trying" ? `Trying to pull ${event.progress.name}...\n` : "";
    case "begin":
      return `${stagePrefix(event)}STEP ${event.number}${event.of === 0 ? "" : `/${event.of}`}: ${event.title}\n`;
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

/** What stands before a line where there are several stages. */
export function stagePrefix({ stage }: StepPlace): string {
  return stage === undefined ? "" : `[${stage}] `;
}
