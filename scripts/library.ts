// `npm pack` calls this: the library and its declaration files, below dist/library.
import { rmSync } from "node:fs";
import { join } from "node:path";

const ROOT: string = join(import.meta.dir, "..");
const OUT: string = join(ROOT, "dist/library");

rmSync(OUT, { recursive: true, force: true });
const { version } = (await Bun.file(join(ROOT, "package.json")).json()) as { version: string };
// Under Bun the engine itself; under Node a client, without a line that needs Bun.
for (const [entry, target] of [
  ["index", "bun"],
  ["node", "node"],
] as const) {
  const built = await Bun.build({
    entrypoints: [join(ROOT, `src/${entry}.ts`)],
    target,
    splitting: target === "bun",
    define: { ESTIBA_VERSION: JSON.stringify(version) },
    outdir: OUT,
  });
  if (!built.success) throw new AggregateError(built.logs, "the library cannot be built");
}
const { exitCode } = Bun.spawnSync([join(ROOT, "node_modules/.bin/tsc"), "-p", "tsconfig.library.json"], {
  cwd: ROOT,
  stdio: ["ignore", "inherit", "inherit"],
});
process.exit(exitCode);
