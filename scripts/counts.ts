/** How many tests ended how. */
export type Counts = { readonly passed: number; readonly failed: number; readonly skipped: number };

/**
 * The totals that `bun test` printed last. A run that ended badly without saying so (a crash, a killed process) counts as one failure:
 * it may not pass unseen.
 */
export function readCounts(output: string, exitCode: number): Counts {
  const plain = Bun.stripANSI(output);
  const summary = plain.slice(Math.max(0, plain.lastIndexOf("\n\n", plain.lastIndexOf("\nRan "))));
  const ran = summary.includes("\nRan ");
  const number = (word: string): number =>
    ran ? Number(new RegExp(`^ *(\\d+) ${word}$`, "m").exec(summary)?.[1] ?? 0) : 0;
  const failed = number("fail");
  return {
    passed: number("pass"),
    failed: failed === 0 && exitCode !== 0 ? 1 : failed,
    skipped: number("skip") + number("todo"),
  };
}

export function sum(all: readonly Counts[]): Counts {
  const total = { passed: 0, failed: 0, skipped: 0 };
  for (const { passed, failed, skipped } of all) {
    total.passed += passed;
    total.failed += failed;
    total.skipped += skipped;
  }
  return total;
}

/**
 * What `bun test` said about each test that failed: its file's line, then everything since the test before it. The last lines of a block
 * are kept (a diff may be long), so that the end of a log tells what to look at.
 */
export function failures(output: string, keptLines = 40): string[] {
  const blocks: string[] = [];
  let file = "";
  let since: string[] = [];
  for (const line of Bun.stripANSI(output).split("\n")) {
    // The list that bun repeats after the last test has no causes in it.
    if (/^\d+ tests? failed:$/.test(line)) break;
    if (/^\S+\.test\.ts:$/.test(line)) {
      file = line;
      since = [];
    } else if (/^\((pass|skip|todo)\) /.test(line)) {
      since = [];
    } else {
      since.push(line);
      if (!line.startsWith("(fail) ")) continue;
      blocks.push([file, ...since.slice(-keptLines)].join("\n"));
      since = [];
    }
  }
  return blocks;
}
