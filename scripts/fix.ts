// `npm run fix`: mends what the linter and the formatter can mend by themselves.
import { join } from "node:path";

const ROOT: string = join(import.meta.dir, "..");
const COMMANDS: readonly (readonly string[])[] = [
  ["oxlint", "--type-aware", "--fix"],
  ["biome", "check", "--write"],
];

const codes: number[] = [];
for (const [program = "", ...args] of COMMANDS) {
  const argv = [join(ROOT, "node_modules/.bin", program), ...args];
  codes.push(await Bun.spawn(argv, { cwd: ROOT, stdio: ["inherit", "inherit", "inherit"] }).exited);
}
process.exit(Math.max(...codes));
