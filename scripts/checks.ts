import { join } from "node:path";

const ROOT: string = join(import.meta.dir, "..");
const BIN: string = join(ROOT, "node_modules/.bin");

type Check = { readonly name: string; readonly argv: readonly string[] };

/** How one check ended; `said` is all it printed. */
export type CheckResult = { readonly name: string; readonly passed: boolean; readonly said: string };

const CHECKS: readonly Check[] = [
  { name: "types", argv: ["tsc", "-p", "."] },
  { name: "lint", argv: ["oxlint", "--type-aware", "--deny-warnings"] },
  { name: "format", argv: ["biome", "check", "--error-on-warnings"] },
  { name: "dead code", argv: ["knip", "--no-progress"] },
];

/** Tests about the shape of the sources: they run with the others in `npm test`. */
const SHAPE: Check = { name: "floors, sizes", argv: ["bun", "test", "./test/layers.test.ts", "./test/sizes.test.ts"] };

/** Runs the checks side by side; prints a line for each with its time, and what it said where it failed. */
export async function runChecks({ withTests }: { withTests: boolean }): Promise<CheckResult[]> {
  return await Promise.all((withTests ? [...CHECKS, SHAPE] : CHECKS).map(runCheck));
}

async function runCheck({ name, argv: [program = "", ...args] }: Check): Promise<CheckResult> {
  const started = performance.now();
  const child = Bun.spawn([join(BIN, program), ...args], {
    cwd: ROOT,
    stdout: "pipe",
    stderr: "pipe",
    stdin: "ignore",
  });
  const [out, complained, code] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ]);
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  console.log(`  check ${name.padEnd(14)} ${seconds.padStart(5)} s  ${code === 0 ? "passed" : "FAILED"}`);
  const said = `${out}${complained}`.trimEnd();
  if (code !== 0) console.log(said);
  return { name, passed: code === 0, said };
}
