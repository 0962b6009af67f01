// `npm test`: every check, then the unit, integration and end-to-end tests, then one line: `N passed, N failed`.
// `npm run test:long`: only what lies in test/long. Words after `--` pick test files by a part of their path.
import { join } from "node:path";
import { runChecks } from "./checks.ts";
import { type Counts, readCounts, sum } from "./counts.ts";
import { asRoot } from "./privilege.ts";

const ROOT: string = join(import.meta.dir, "..");
const TEST_TIMEOUT_MS = 60_000;
const LONG_TEST_TIMEOUT_MS = 1_800_000;

type Suite = { readonly name: string; readonly pattern: string };

const SUITES: readonly Suite[] = [
  { name: "unit", pattern: "{src,scripts,bench}/**/*.test.ts" },
  { name: "house", pattern: "test/*.test.ts" },
  { name: "suites", pattern: "test/suites/**/*.test.ts" },
  { name: "integration", pattern: "test/{integration,faults}/**/*.test.ts" },
  { name: "e2e", pattern: "test/e2e/**/*.test.ts" },
];
const LONG: Suite = { name: "long", pattern: "test/long/**/*.test.ts" };

async function runSuite({ name, pattern }: Suite, words: readonly string[], timeoutMs: number): Promise<Counts> {
  const all = [...new Bun.Glob(pattern).scanSync(ROOT)].sort();
  const files = all.filter((file) => words.length === 0 || words.some((word) => file.includes(word)));
  if (files.length === 0) {
    if (words.length === 0) console.log(`\n== ${name}: there are no such tests yet`);
    return { passed: 0, failed: 0, skipped: 0 };
  }
  console.log(`\n== ${name}: ${files.length} file${files.length === 1 ? "" : "s"}`);
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
    process.stderr.write(chunk);
  }
  return readCounts(Buffer.concat(report).toString(), await child.exited);
}

async function main(words: readonly string[]): Promise<number> {
  const long = words[0] === "--long";
  const picks = long ? words.slice(1) : words;
  const counts: Counts[] = [];
  if (!long && picks.length === 0) {
    for (const { passed } of await runChecks({ withTests: false })) {
      counts.push({ passed: passed ? 1 : 0, failed: passed ? 0 : 1, skipped: 0 });
    }
  }
  for (const suite of long ? [LONG] : SUITES) {
    counts.push(await runSuite(suite, picks, long ? LONG_TEST_TIMEOUT_MS : TEST_TIMEOUT_MS));
  }
  // What they have counted goes into docs/reliability.md.
  if (long) await Bun.spawn([process.execPath, join(import.meta.dir, "reliability-doc.ts")]).exited;
  const { passed, failed, skipped } = sum(counts);
  if (picks.length > 0 && passed + failed + skipped === 0) {
    console.error(`no test file matches ${picks.map((word) => JSON.stringify(word)).join(", ")}`);
    return 1;
  }
  console.log(`\n${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`);
  return failed === 0 ? 0 : 1;
}

process.exit(await main(process.argv.slice(2)));
