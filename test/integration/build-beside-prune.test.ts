import { expect, test } from "bun:test";
import { existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { eventually, IMAGE, useEngine } from "../fixtures/engine.ts";

const estiba = useEngine();
const CACHES = join(estiba.root, "cache/mounts");

const CONTAINERFILE = `FROM base:1 AS made
RUN echo one >/one
RUN --mount=type=cache,target=/cache touch /cache/begun && while ! test -e /cache/go; do sleep 0.05; done; echo two >/two
FROM base:1
COPY --from=made /one /two /
`;

function cacheFile(name: string): string | undefined {
  const folders = existsSync(CACHES) ? readdirSync(CACHES).filter((entry) => !entry.endsWith(".lock")) : [];
  return folders.map((folder) => join(CACHES, folder, name))[0];
}

test("what a build stands on stays until its end, whatever is removed and pruned meanwhile", async () => {
  // An image of its own, which nobody else needs.
  await estiba.ok(["create", "--name", "c", IMAGE]);
  await estiba.ok(["commit", "-q", "-m", "base", "c", "base:1"]);
  await estiba.ok(["rm", "c"]);
  const context = estiba.path("context");
  mkdirSync(context);
  writeFileSync(join(context, "Containerfile"), CONTAINERFILE);
  const build = estiba.run(["build", "-q", "-t", "built:1", context]);
  await eventually(
    async () => await Promise.resolve(existsSync(cacheFile("begun") ?? "")),
    (begun) => begun,
  );
  for (const remove of [
    ["rmi", "base:1"],
    ["rmi", "-f", "base:1"],
  ]) {
    const { code, stderr } = await estiba.run(remove);
    expect([code, stderr]).toEqual([2, expect.stringContaining("image localhost/base:1 is in use by a build")]);
  }
  await estiba.ok(["image", "prune", "-a", "-f"]);
  await estiba.ok(["builder", "prune", "-a", "-f"]);
  await estiba.ok(["system", "prune", "-a", "-f"]);
  await estiba.expectClean();
  writeFileSync(cacheFile("go") ?? "", "");
  expect(await build).toMatchObject({ code: 0, stderr: "" });
  expect(await estiba.ok(["run", "--rm", "built:1", "cat", "/one", "/two"])).toBe("one\ntwo");
  await estiba.ok(["builder", "prune", "-a", "-f"]);
  expect(cacheFile("begun")).toBeUndefined();
  await estiba.ok(["rmi", "base:1", "built:1"]);
  await estiba.expectClean();
}, 60_000);
