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
