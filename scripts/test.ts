// `npm test`: every check, then the unit, integration and end-to-end tests, then one line: `N passed, N failed`.
// `npm run test:long`: only what lies in test/long. Words after `--` pick test files by a part of their path.
import { join } from "node:path";
import { runChecks } from "./checks.ts";
import { type Counts, failures, readCounts, sum } from "./counts.ts";
import { asRoot } from "./privilege.ts";

const ROOT: string = join(import.meta.dir, "..");
const TEST_TIMEOUT_MS = 60_000;
const LONG_TEST_TIMEOUT_MS = 1_800_000;

type Result = { readonly counts: Counts; readonly failures: readonly string[] };

type Suite = {
  readonly name: string;
  readonly pattern: string;
  /** Patterns of those of its files that run in a process of their own, beside the others. */
  readonly beside?: readonly string[];
};

/**
 * Tests that wait more than they work: for a back-off, a health check's interval, an idle helper's end, what a cluster does in its own time.
 * Each is in engines of its own, and none is about what is the host's alone.
 */
const WAITING: readonly string[] = [
  "test/faults/leftovers.test.ts",
  "test/integration/{health,log-rotation,logs,names,restart,service,stop,wait,watcher}.test.ts",
  "test/integration/{cluster,stack}*.test.ts",
];

const SUITES: readonly Suite[] = [
  { name: "unit", pattern: "{src,scripts,bench}/**/*.test.ts" },
  { name: "house", pattern: "test/*.test.ts" },
  { name: "suites", pattern: "test/suites/**/*.test.ts" },
  { name: "integration", pattern: "test/{integration,faults}/**/*.test.ts", beside: WAITING },
  { name: "e2e", pattern: "test/e2e/**/*.test.ts" },
];
const LONG: Suite = { name: "long", pattern: "test/long/**/*.test.ts" };

async function runSuite(suite: Suite, words: readonly string[], timeoutMs: number): Promise<Result> {
  const { name, pattern, beside = [] } = suite;
  const all = [...new Bun.Glob(pattern).scanSync(ROOT)].sort();
  const files = all.filter((file) => words.length === 0 || words.some((word) => file.includes(word)));
  if (files.length === 0) {
    if (words.length === 0) console.log(`\n== ${name}: there are no such tests yet`);
    return { counts: sum([]), failures: [] };
  }
  console.log(`\n== ${name}: ${files.length} file${files.length === 1 ? "" : "s"}`);
  const globs = beside.map((text) => new Bun.Glob(text));
  const waiting = files.filter((file) => globs.some((glob) => glob.match(file)));
  const others = files.filter((file) => !waiting.includes(file));
  // With nothing to run beside there is no reason to keep back what is said.
  const alone = waiting.length === 0 || others.length === 0;
  const runs = alone
    ? [runFiles(files, timeoutMs, true)]
    : [runFiles(others, timeoutMs, true), runFiles(waiting, timeoutMs, false)];
  const [first, second] = await Promise.all(runs);
  if (second !== undefined) {
    console.log(`\n== ${name}, beside: ${waiting.length} files`);
    process.stderr.write(second.output);
  }
  const results = [first, second].filter((result) => result !== undefined);
  return { counts: sum(results.map(({ counts }) => counts)), failures: results.flatMap((result) => result.failures) };
}

/** Runs test files one after another in one process. */
async function runFiles(
  files: readonly string[],
  timeoutMs: number,
  isShown: boolean,
): Promise<Result & { readonly output: string }> {
  const argv = [process.execPath, "test", `--timeout=${timeoutMs}`, ...files.map((file) => `./${file}`)];
  // Tests make namespaces, mounts and containers: they run as root.
  const child = Bun.spawn([...asRoot(), ...argv], {
    cwd: ROOT,
    stdio: ["inherit", "inherit", "pipe"],
    env: { ...process.env, ...(process.stderr.isTTY ? { FORCE_COLOR: "1" } : {}) },
  });
  // bun test reports on stderr: shown as it comes, and kept for its counts.
  const report: Uint8Array[] = [];
  for await (const chunk of child.stderr) {
    report.push(chunk);
    if (isShown) process.stderr.write(chunk);
  }
  const output = Buffer.concat(report).toString();
  return { counts: readCounts(output, await child.exited), failures: failures(output), output };
}

async function main(words: readonly string[]): Promise<number> {
  const long = words[0] === "--long";
  const picks = long ? words.slice(1) : words;
  const counts: Counts[] = [];
  const failed: string[] = [];
  if (!long && picks.length === 0) {
    for (const { name, passed, said } of await runChecks({ withTests: false })) {
      if (!passed) failed.push(`check ${name}\n${said}`);
      counts.push({ passed: passed ? 1 : 0, failed: passed ? 0 : 1, skipped: 0 });
    }
  }
  for (const suite of long ? [LONG] : SUITES) {
    const result = await runSuite(suite, picks, long ? LONG_TEST_TIMEOUT_MS : TEST_TIMEOUT_MS);
    counts.push(result.counts);
    failed.push(...result.failures);
  }
  // What they have counted goes into docs/reliability.md.
  if (long) await Bun.spawn([process.execPath, join(import.meta.dir, "reliability-doc.ts")]).exited;
  const total = sum(counts);
  if (picks.length > 0 && total.passed + total.failed + total.skipped === 0) {
    console.error(`no test file matches ${picks.map((word) => JSON.stringify(word)).join(", ")}`);
    return 1;
  }
  // Told once more at the end: a log of thousands of lines hides them.
  if (failed.length > 0) console.log(`\n== what failed\n\n${failed.join("\n\n")}`);
  const skipped = total.skipped > 0 ? `, ${total.skipped} skipped` : "";
  console.log(`\n${total.passed} passed, ${total.failed} failed${skipped}`);
  return total.failed === 0 ? 0 : 1;
}

process.exit(await main(process.argv.slice(2)));
