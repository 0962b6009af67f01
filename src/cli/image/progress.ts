import type { ImageProgress, TransferProgress } from "../../engine/receive-layers.ts";
import { formatSize } from "../../lib/size.ts";
import type { Cli } from "../context.ts";

const BAR_WIDTH = 30;
const NAME_DIGITS = 12;

/**
 * Runs a pull, a push or a load to its end and shows on stderr how far it is: a bar for each layer on a terminal, else a line when a layer begins
 * and ends; nothing when quiet. Returns the result.
 */
export async function showProgress<Result>(
  cli: Pick<Cli, "err">,
  steps: AsyncGenerator<ImageProgress, Result, undefined>,
  { quiet }: { quiet: boolean },
): Promise<Result> {
  const show = quiet ? () => undefined : process.stderr.isTTY ? bars(cli) : lines(cli);
  for (;;) {
    const step = await steps.next();
    if (step.done === true) return step.value;
    show(step.value);
  }
}

function lines(cli: Pick<Cli, "err">): (step: ImageProgress) => void {
  // The same blob may stand at several places of an image: it is told once.
  const told = new Set<string>();
  return (step) => {
    if (step.kind === "trying") {
      cli.err(`Trying to pull ${step.name}...\n`);
      return;
    }
    const phase = step.phase === "unpacking" ? "transferring" : step.phase;
    const key = `${phase === "transferring" ? "begins" : "ends"} ${step.digest}`;
    if (told.has(key)) return;
    told.add(key);
    if (phase !== "transferring") told.add(`begins ${step.digest}`);
    cli.err(`${lineOf(step)}\n`);
  };
}

function lineOf({ digest, phase, totalBytes }: TransferProgress): string {
  if (phase === "present") return `Copying blob ${digest} skipped: already exists`;
  if (phase === "done") return `Copying blob ${digest} done`;
  return `Copying blob ${digest} (${formatSize(totalBytes)})`;
}

function bars(cli: Pick<Cli, "err">): (step: ImageProgress) => void {
  const layers = new Map<string, TransferProgress>();
  let drawn = 0;
  return (step) => {
    if (step.kind === "trying") {
      cli.err(`Trying to pull ${step.name}...\n`);
      return;
    }
    layers.set(step.digest, step);
    const columns = Math.max(40, process.stderr.columns || 80);
    // What scrolled off the top cannot be redrawn: then only the last layers are shown.
    const shown = [...layers.values()].slice(-Math.max(1, (process.stderr.rows || 24) - 2));
    const up = drawn === 0 ? "" : `\u001b[${drawn}A`;
    cli.err(`${up}${shown.map((layer) => `\r${barOf(layer).slice(0, columns - 1)}\u001b[K\n`).join("")}`);
    drawn = shown.length;
  };
}

function barOf({ digest, phase, currentBytes, totalBytes }: TransferProgress): string {
  const name = digest.slice(digest.indexOf(":") + 1).slice(0, NAME_DIGITS);
  if (phase === "present") return `Copying blob ${name} skipped: already exists`;
  if (phase === "done") return `Copying blob ${name} done`;
  const filled = totalBytes === 0 ? BAR_WIDTH : Math.floor((currentBytes / totalBytes) * BAR_WIDTH);
  const bar = "=".repeat(filled).padEnd(BAR_WIDTH, "-");
  const numbers = `${formatSize(currentBytes)} / ${formatSize(totalBytes)}`;
  return `Copying blob ${name} [${bar}] ${phase === "unpacking" ? "unpacking" : numbers}`;
}
