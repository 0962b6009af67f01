import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type BuildCase, writeCase } from "../fixtures/build-cases/build-case.ts";
import { CONFIG_CASES } from "../fixtures/build-cases/config-cases.ts";
import { FILE_CASES } from "../fixtures/build-cases/file-cases.ts";
import { PARSING_CASES, VARIABLE_CASES } from "../fixtures/build-cases/text-cases.ts";
import { IMAGE, useEngine } from "../fixtures/engine.ts";

const engine = useEngine();
const held = { folder: "", count: 0 };

beforeAll(() => {
  held.folder = mkdtempSync(join(tmpdir(), "estiba-build-behaviour-"));
});
afterAll(() => rmSync(held.folder, { recursive: true, force: true }));

async function contextOf(wanted: BuildCase): Promise<string> {
  const folder = join(held.folder, `case-${++held.count}`);
  await writeCase(folder, wanted);
  return folder;
}

async function check(wanted: BuildCase): Promise<void> {
  const folder = await contextOf(wanted);
  const { code, stdout, stderr } = await engine.run(["build", ...(wanted.options ?? []), folder]);
  expect({ code, stderr }).toEqual({ code: wanted.code ?? 0, stderr: expect.stringContaining(wanted.says ?? "") });
  const id = stdout.trim();
  expect(id === "").toBe(code !== 0);
  const { prints, config } = wanted;
  if (prints !== undefined)
    expect(await engine.ok(["run", "--rm", "--entrypoint", "", id, "sh", "-c", prints[0]])).toBe(prints[1]);
  if (config !== undefined) {
    // As it is stored: what inspect shows of it is another test's.
    const stored: unknown = await Bun.file(join(engine.root, "blobs/sha256", id)).json();
    const { config: found } = stored as { config: Readonly<Record<string, unknown>> };
    for (const [key, value] of Object.entries(config)) {
      const own = found[key];
      if (value === null || value === undefined) expect(own ?? null).toBeNull();
      else expect(own).toEqual(value);
    }
  }
}

for (const [name, cases] of Object.entries({
  "what stands in a file": PARSING_CASES,
  variables: VARIABLE_CASES,
  "what an image does": CONFIG_CASES,
  files: FILE_CASES,
}))
  describe(name, () => {
    test.each(cases.map((wanted) => [wanted.title, wanted] as const))("%s", async (_, wanted) => await check(wanted));
  });

describe("history", () => {
  test("34 the arguments in scope stand before a command; 33 proxies never do", async () => {
    const file = [`FROM ${IMAGE}`, "ARG B=2", "ARG A=1", "RUN true > /o"];
    const folder = await contextOf({ title: "", file });
    const id = await engine.ok(["build", "-q", "--build-arg", "HTTP_PROXY=http://secret:1", folder]);
    const history = await engine.ok(["history", "--no-trunc", "--format", "{{.CreatedBy}}", id]);
    expect(history).toContain("RUN |2 B=2 A=1 /bin/sh -c true > /o # buildkit");
    expect(history).not.toContain("secret");
  });

  test("35 a build argument that nothing asks for is told, and the image is made", async () => {
    const folder = await contextOf({ title: "", file: [`FROM ${IMAGE}`, "ENV A=1"] });
    const { code, stderr } = await engine.run(["build", "--build-arg", "NOBODY=1", folder]);
    expect([code, stderr]).toEqual([0, expect.stringContaining("build argument NOBODY was not consumed")]);
  });
});

describe("ignore files (90)", () => {
  const TREE = ["a", "b.md", "README.md", "d/a", "d/b.md", "d/e/c.tmp", "foo/x", "foo/keep/y", ".hidden"];
  const rows: readonly (readonly [rules: string, left: string])[] = [
    ["", "all"],
    ["foo", ".hidden README.md a b.md d/a d/b.md d/e/c.tmp"],
    ["*.md", ".hidden a d/a d/b.md d/e/c.tmp foo/keep/y foo/x"],
    ["**/*.md", ".hidden a d/a d/e/c.tmp foo/keep/y foo/x"],
    ["*.md\n!README.md", ".hidden README.md a d/a d/b.md d/e/c.tmp foo/keep/y foo/x"],
    ["foo\n!foo/keep", ".hidden README.md a b.md d/a d/b.md d/e/c.tmp foo/keep/y"],
    ["/foo/", ".hidden README.md a b.md d/a d/b.md d/e/c.tmp"],
    ["*/a", ".hidden README.md a b.md d/b.md d/e/c.tmp foo/keep/y foo/x"],
    ["d/**/c.tmp", ".hidden README.md a b.md d/a d/b.md foo/keep/y foo/x"],
    ["# foo\n  foo/x  ", ".hidden README.md a b.md d/a d/b.md d/e/c.tmp foo/keep/y"],
    [".*", "README.md a b.md d/a d/b.md d/e/c.tmp foo/keep/y foo/x"],
    ["!a\na", ".hidden README.md b.md d/a d/b.md d/e/c.tmp foo/keep/y foo/x"],
    ["?", ".hidden README.md b.md foo/keep/y foo/x"],
    ["*\n!d", "d/a d/b.md d/e/c.tmp"],
  ];
  test.each(rows)("%j leaves %s", async (rules, left) => {
    const folder = await contextOf({
      title: "",
      file: [`FROM ${IMAGE}`, "COPY . /t"],
      files: Object.fromEntries(TREE.map((path) => [path, "x"])),
    });
    await Bun.write(join(folder, ".dockerignore"), `${rules}\nContainerfile\n.dockerignore\n`);
    const id = await engine.ok(["build", "-q", folder]);
    const found = await engine.ok(["run", "--rm", id, "sh", "-c", "cd /t; find . -type f | cut -c3- | sort"]);
    const wanted = left === "all" ? TREE.toSorted() : left.split(" ").toSorted();
    expect(found.split("\n").toSorted()).toEqual(wanted);
  });
});
