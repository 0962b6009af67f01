import type { TransferProgress } from "../../engine/receive-layers.ts";

/** Docker's words for what happens to a layer, by direction. */
const WORDS = {
  pull: { present: "Already exists", transferring: "Downloading", unpacking: "Extracting", done: "Pull complete" },
  push: { present: "Layer already exists", transferring: "Pushing", unpacking: "Pushing", done: "Pushed" },
} as const;

const BAR_WIDTH = 50;

/** A line of a pull's or a push's progress. Pure. */
export function transferLine(
  direction: "pull" | "push",
  { digest, phase, currentBytes, totalBytes }: TransferProgress,
): Record<string, unknown> {
  const id = digest.slice(digest.indexOf(":") + 1).slice(0, 12);
  const status = WORDS[direction][phase];
  if (phase !== "transferring") return { status, progressDetail: {}, id };
  const share = totalBytes > 0 ? Math.min(1, currentBytes / totalBytes) : 0;
  const filled = Math.floor(share * BAR_WIDTH);
  const bar = `[${"=".repeat(filled)}>${" ".repeat(BAR_WIDTH - filled)}]`;
  const detail = { current: currentBytes, total: totalBytes };
  return { status, progressDetail: detail, progress: `${bar}  ${size(currentBytes)}/${size(totalBytes)}`, id };
}

function size(bytes: number): string {
  const [unit, name] = bytes >= 1e9 ? [1e9, "GB"] : bytes >= 1e6 ? [1e6, "MB"] : bytes >= 1e3 ? [1e3, "kB"] : [1, "B"];
  return `${Number((bytes / unit).toPrecision(4))}${name}`;
}
