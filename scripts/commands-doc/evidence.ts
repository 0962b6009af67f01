import { basename, join, relative } from "node:path";

const ROOT: string = join(import.meta.dir, "../..");
const TESTS: readonly string[] = ["test/integration/*.test.ts", "test/e2e/**/*.{test.ts,txt}", "src/cli/**/*.test.ts"];

type TestFile = { readonly path: string; readonly lines: readonly string[] };

/** What shows that an option works: a test that uses it, else the file that has it. */
export type Evidence = { readonly of: (command: string, option: string, short: string | undefined) => string };

/** Reads the tests once. */
export async function readEvidence(): Promise<Evidence> {
  const tests: TestFile[] = [];
  for (const pattern of TESTS)
    for await (const path of new Bun.Glob(pattern).scan({ cwd: ROOT }))
      if (!path.endsWith("differences.txt") && !path.includes("commands-doc"))
        tests.push({ path, lines: (await Bun.file(join(ROOT, path)).text()).split("\n") });
  tests.sort((a, b) => a.path.localeCompare(b.path));
  const table = await Bun.file(join(ROOT, "src/cli/commands.ts")).text();
  return {
    of: (command, option, short) => {
      const verb = command.split(" ").at(-1) ?? "";
      // The options of create are those of run, and nearly all tests run.
      const verbs = verb === "create" && !command.includes(" ") ? [verb, "run"] : [verb];
      const found = verbs.map((word) => bestTest(tests, word, flagPattern(option, short)));
      return found.find((path) => path !== undefined) ?? sourceOf(table, command);
    },
  };
}

function flagPattern(option: string, short: string | undefined): RegExp {
  // In a list of words only, and `-c` is the shell's.
  const letter = short === undefined || short === "c" ? "" : `|"-${short}"`;
  return new RegExp(`--${option}(?![\\w-])${letter}`);
}

function bestTest(tests: readonly TestFile[], verb: string, flag: RegExp): string | undefined {
  const named = new RegExp(`(?<![\\w-])${verb}(?![\\w-])`);
  const has = ({ lines }: TestFile): boolean => lines.some((line) => flag.test(line));
  const onOneLine = ({ lines }: TestFile): boolean => lines.some((line) => flag.test(line) && named.test(line));
  const isAbout = ({ path }: TestFile): boolean => basename(path).includes(verb);
  const calls = ({ lines }: TestFile): boolean => lines.some((line) => line.includes(`"${verb}"`));
  const choices = [
    (file: TestFile) => isAbout(file) && onOneLine(file),
    onOneLine,
    (file: TestFile) => isAbout(file) && has(file),
    (file: TestFile) => calls(file) && has(file),
  ];
  for (const fits of choices) {
    const file = tests.find(fits);
    if (file !== undefined) return file.path;
  }
  return undefined;
}

function sourceOf(table: string, command: string): string {
  const entry = new RegExp(`names: \\[\\s*"${command}"[^]*?import\\("\\./([^"]+)"\\)`).exec(table)?.[1];
  return entry === undefined ? "src/cli/commands.ts" : join("src/cli", entry);
}

/** A link from docs/ to a file. */
export function linkTo(path: string): string {
  return `[${basename(path)}](${relative(join(ROOT, "docs"), join(ROOT, path))})`;
}
