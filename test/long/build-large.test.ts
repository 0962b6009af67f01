import { expect, test } from "bun:test";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { IMAGE, useEngine } from "../fixtures/engine.ts";
import { startRegistry } from "../fixtures/registry.ts";

const engine = useEngine();
const FILES = 20_000;
const IN_FOLDER = 200;
const FILE_BYTES = 25_000;
/** The bound. */
const MOST_BYTES = 300e6;

/** Runs a command that must succeed; gives what it printed and the most memory it had. */
function weigh(args: readonly string[]): { stdout: string; stderr: string; bytes: number } {
  const { exitCode, stdout, stderr, resourceUsage } = Bun.spawnSync(engine.argv(args), { stdin: "ignore" });
  expect([exitCode, exitCode === 0 ? "" : stderr.toString()]).toEqual([0, ""]);
  return { stdout: stdout.toString().trim(), stderr: stderr.toString(), bytes: resourceUsage.maxRSS };
}

test("a context of 20,000 files and 500 MB is built, found in the cache, saved, loaded, pushed and pulled in bounded memory", async () => {
  const folder = engine.path("large");
  for (let index = 0; index < FILES; index++) {
    const inner = join(folder, "files", String(Math.floor(index / IN_FOLDER)));
    if (index % IN_FOLDER === 0) mkdirSync(inner, { recursive: true });
    writeFileSync(join(inner, String(index)), Buffer.alloc(FILE_BYTES, `${index} `));
  }
  writeFileSync(join(folder, "Containerfile"), `FROM ${IMAGE}\nCOPY files /files\n`);
  const first = weigh(["build", "-t", "large:1", folder]);
  const second = weigh(["build", "-t", "large:1", folder]);
  expect([second.stdout, second.stderr.split("Using cache").length]).toEqual([first.stdout, 2]);
  const archive = engine.path("large.tar");
  const saved = weigh(["save", "-o", archive, "large:1"]);
  const loaded = weigh(["load", "-q", "-i", archive]);
  await using registry = await startRegistry();
  const name = `${registry.host}/large:1`;
  const pushed = weigh(["push", "-q", "large:1", name]);
  await engine.ok(["rmi", "--force", "large:1"]);
  await engine.ok(["builder", "prune", "--all", "--force"]);
  const pulled = weigh(["pull", "-q", name]);
  await engine.ok(["tag", name, "large:1"]);
  for (const { bytes } of [first, second, saved, loaded, pushed, pulled]) expect(bytes).toBeLessThan(MOST_BYTES);
  const count = "find /files -type f | wc -l; cat /files/99/19999 | wc -c";
  expect(await engine.ok(["run", "--rm", "large:1", "sh", "-c", count])).toBe(`${FILES}\n${FILE_BYTES}`);
}, 600_000);
