// Builds whose file, context, base or steps reach for the host: what they are refused, or get instead, holds nothing of it.
import { afterEach, beforeAll, expect, test } from "bun:test";
import { mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { makeOutside } from "../fixtures/contain.ts";
import { type CommandResult, IMAGE, useEngine } from "../fixtures/engine.ts";
import { listTree } from "../fixtures/tree-listing.ts";

const engine = useEngine();
const outside = engine.path("outside");
const CANARY = "the host's own words";
const untouched: { tree: string[] } = { tree: [] };

beforeAll(() => {
  makeOutside(outside);
  mkdirSync(`${outside}/stub`);
  untouched.tree = listTree(outside);
});
afterEach(async () => {
  expect(listTree(outside)).toEqual(untouched.tree);
  await engine.ok(["image", "prune", "-f"]);
  await engine.ok(["builder", "prune", "-f", "--all"]);
});

/** Builds a Containerfile of these lines in a folder with these files. Nothing of the host is in what it says. */
async function build(
  lines: readonly string[],
  { links = {}, first = "" }: { links?: Readonly<Record<string, string>>; first?: string } = {},
): Promise<CommandResult> {
  const folder = engine.path("context");
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder);
  writeFileSync(join(folder, "Containerfile"), `${first}FROM ${IMAGE}\n${lines.join("\n")}\n`);
  writeFileSync(join(folder, "file"), "x");
  for (const [name, target] of Object.entries(links)) symlinkSync(target, join(folder, name));
  const result = await engine.run(["build", "--no-cache", folder]);
  expect(result.stdout + result.stderr).not.toContain(CANARY);
  return result;
}

// CVE-2022-4122
test.each([".containerignore", ".dockerignore"])("a %s that is a link out of the context is not read", async (name) => {
  const { code, stderr } = await build(["COPY . /all"], { links: { [name]: `${outside}/canary` } });
  if (code !== 0) expect(stderr).toContain(name);
});

// CVE-2024-1753
test("the source of a mount that is a link of its image leads nowhere", async () => {
  const steps = [
    `RUN ln -s ${outside} /abs && ln -s ../../../../../../../..${outside} /up`,
    ...["/abs", "/up", "/abs/dir", "/up/dir"].map(
      (source) => `RUN --mount=type=bind,from=one,source=${source},target=/m cat /m/canary /m/dir/canary; true`,
    ),
  ];
  const [make = "", ...looks] = steps;
  for (const look of looks) await build([`RUN true\nFROM ${IMAGE} AS one\n${make}\nFROM ${IMAGE}`, look]);
});

// CVE-2024-9675, CVE-2024-9407
test("the name and the place of a cache lead nowhere, and neither does a link in it", async () => {
  for (const options of [
    "id=../../../../../../../../..OUTSIDE,target=/c",
    "id=OUTSIDE/dir,target=/c",
    "id=ok,target=/../../../../OUTSIDE/dir",
    "id=ok,target=/c,source=../../../../../../../../OUTSIDE/dir",
    "id=ok,target=/c,sharing=locked,bind-propagation=rshared",
  ])
    await build([`RUN --mount=type=cache,${options.replace("OUTSIDE", outside)} echo x >/c/made; cat /c/canary; true`]);
  await build([
    `RUN --mount=type=cache,id=linked,target=/c ln -s ${outside}/dir /c/link`,
    "RUN --mount=type=cache,id=linked,source=link,target=/d cat /d/canary; echo x >/d/made; true",
  ]);
});

// CVE-2024-23651, CVE-2024-23652
test("a step that puts a link where the folders above its mounts were makes nothing be removed outside", async () => {
  for (const kind of ["tmpfs", "cache", "bind,source=.", "bind,source=file"])
    await build([
      "RUN mkdir /a",
      `RUN --mount=type=${kind},target=/a/stub mv /a /b && ln -s ${outside} /a`,
      `RUN --mount=type=${kind},target=/x/stub mv /x /b && ln -s ${outside} /x`,
    ]);
});

// CVE-2024-11218
test("stages that are built side by side, and swap folders for links in a cache they share, see nothing outside", async () => {
  const mount = "--mount=type=cache,id=shared,target=/c";
  const flip = `for i in $(seq 200); do rm -rf /c/d; mkdir /c/d; rm -rf /c/d; ln -s ${outside}/dir /c/d; done`;
  const look = "for i in $(seq 20); do cat /d/canary 2>/dev/null; done; true";
  await build([
    `RUN true\nFROM ${IMAGE} AS one\nRUN ${mount} ${flip}`,
    `FROM ${IMAGE} AS two\nRUN --mount=type=cache,id=shared,source=d,target=/d ${look}`,
    `FROM ${IMAGE}\nRUN --mount=type=bind,from=one,target=/one --mount=type=bind,from=two,target=/two true`,
  ]);
});

// CVE-2026-33747: who writes the file chooses nothing that runs on the host.
test("a syntax line brings no front end", async () => {
  const { code, stdout, stderr } = await build(["RUN echo fine"], { first: "# syntax=registry.invalid/evil:1\n" });
  expect({ code, fine: `${stdout}${stderr}`.includes("fine\n") }).toEqual({ code: 0, fine: true });
});
