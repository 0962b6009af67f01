import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { IMAGE, useEngine } from "../fixtures/engine.ts";

const engine = useEngine();
const held = { folder: "" };

beforeAll(() => {
  held.folder = mkdtempSync(join(tmpdir(), "estiba-build-progress-"));
});
afterAll(() => rmSync(held.folder, { recursive: true, force: true }));

function context(name: string, ...lines: string[]): string {
  const folder = join(held.folder, name);
  mkdirSync(folder);
  writeFileSync(join(folder, "Containerfile"), `${lines.join("\n")}\n`);
  return folder;
}

const FAILING = [`FROM ${IMAGE}`, "ENV A=1", "RUN echo said; exit 7"];
const EXCERPT = "Containerfile:3\n  1 |     FROM bb:1\n  2 |     ENV A=1\n  3 | >>> RUN echo said; exit 7\n";

test("a build that fails ends with the step, its lines in the file and the command; its output stands there once", async () => {
  const folder = context("failing", ...FAILING);
  for (const options of [["--progress", "plain"], ["--progress", "tty"], ["-q"]]) {
    const { code, stderr } = await engine.run(["build", ...options, folder]);
    expect(code).toBe(7);
    expect(stderr).toContain(EXCERPT);
    expect(stderr).toContain(" > [2/2] RUN echo said; exit 7:\n");
    expect(stderr.split("\nsaid\n").length - 1).toBe(1);
    expect(stderr).toContain("exit code: 7");
  }
});

test("the tree shows finished and cached steps, without colours for NO_COLOR, and gives the cursor back", async () => {
  const folder = context("tree", `FROM ${IMAGE}`, "RUN echo x > /x");
  const first = await engine.run(["build", "--progress", "tty", folder], { env: { NO_COLOR: "1" } });
  expect(first.stderr).toContain(" => [2/2] RUN echo x > /x");
  expect(first.stderr).not.toContain("\u001b[34m");
  const second = await engine.run(["build", "--progress", "tty", folder], { env: { NO_COLOR: "" } });
  expect(second.stderr).toContain("\u001b[2m => CACHED [2/2] RUN echo x > /x");
  expect(second.stderr).toContain("(2/2)");
  expect(second.stderr).toEndWith("\u001b[?25h");
  expect(second.stdout).toMatch(/^[0-9a-f]{64}\n$/);
});

test("as JSON every event is a line; lines of several stages have their stage's name", async () => {
  const folder = context("json", `FROM ${IMAGE} AS a`, "RUN printf 'one\\ntwo'", "FROM a", "RUN true > /x");
  const { stderr } = await engine.run(["build", "--no-cache", "--progress", "json", folder]);
  const events = stderr
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as { kind: string; text?: string });
  expect(
    events
      .filter(({ kind }) => kind === "output")
      .map(({ text }) => text)
      .join(""),
  ).toBe("one\ntwo");
  expect(events.map(({ kind }) => kind)).toContain("image");
  expect((await engine.run(["build", "--no-cache", folder])).stderr).toContain("[a] one\n[a] two\n--> ");
});
