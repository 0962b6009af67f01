import { basename, join, relative } from "node:path";

const ROOT: string = join(import.meta.dir, "../..");
const TESTS: readonly string[] = ["test/integration/*.test.ts", "test/e2e/**/*.{test.ts,txt}", "src/cli/**/*.test.ts"];

type TestFile = { readonly path: string; readonly lines: readonly string[] };

/** What shows that an option works: a test that uses it, else the file that has it. */
export type Evidence = { readonly of: (command: string, option: string) => string };

/** Reads the tests once. */
export async function readEvidence(): Promise<Evidence> {
  const tests: TestFile[] = [];
  for (const pattern of TESTS)
    for await (const path of new Bun.Glob(pattern).scan({ cwd: ROOT }))
      if (!path.endsWith("differences.txt") && !path.includes("commands-doc"))
        tests.push({ path, lines: (await Bun.file(join(ROOT, path)).text()).split("\n") });
  tests.sort((a, b) => a.path.localeCompare(b.path));
  const table = await Bun.file(join(ROOT, "src/cli/commands.ts")).text();
  return { of: (command, option) => bestTest(tests, command, option) ?? sourceOf(table, command) };
}

function bestTest(tests: readonly TestFile[], command: string, option: string): string | undefined {
  const verb = command.split(" ").at(-1) ?? "";
  const flag = new RegExp(`--${option}(?![\\w-])`);
  const named = new RegExp(`(?<![\\w-])${verb}(?![\\w-])`);
  const uses = ({ lines }: TestFile): boolean => lines.some((line) => flag.test(line) && named.test(line));
  const mentions = ({ lines, path }: TestFile): boolean => isAbout(path, verb) && lines.some((line) => flag.test(line));
  return (tests.find((file) => isAbout(file.path, verb) && uses(file)) ?? tests.find(uses) ?? tests.find(mentions))
    ?.path;
}

function isAbout(path: string, verb: string): boolean {
  const name = basename(path);
  return name.includes(verb) || (verb === "create" && name.startsWith("run"));
}

function sourceOf(table: string, command: string): string {
  const entry = new RegExp(`names: \\["${command}"[^]*?import\\("\\./([^"]+)"\\)`).exec(table)?.[1];
  return entry === undefined ? "src/cli/commands.ts" : join("src/cli", entry);
}

/** A link from docs/ to a file. */
export function linkTo(path: string): string {
  return `[${basename(path)}](${relative(join(ROOT, "docs"), join(ROOT, path))})`;
}
