import { afterAll, beforeAll, expect, test } from "bun:test";
import { TestEngine, useEngine } from "../fixtures/engine.ts";
import { startRegistry, type TestRegistry } from "../fixtures/registry.ts";

const engine = useEngine();
const held: { registry: TestRegistry | undefined; other: TestEngine | undefined } = {
  registry: undefined,
  other: undefined,
};
beforeAll(async () => {
  const registry = await startRegistry();
  held.registry = registry;
  for (const name of ["team/app:1", "team/app:2", "team/tool:1", "other:1"])
    await engine.ok(["push", "-q", "bb:1", `${registry.host}/${name}`]);
});
afterAll(async () => {
  await held.other?.dispose();
  await held.registry?.[Symbol.asyncDispose]();
});

test("a registry is searched by its catalog; tags are listed; what is asked for limits both", async () => {
  const host = held.registry?.host ?? "";
  const found = await engine.ok(["search", `${host}/team`]);
  expect(found.split("\n").map((line) => line.trim().replaceAll(/\s+/g, " "))).toEqual([
    "NAME DESCRIPTION",
    `${host}/team/app`,
    `${host}/team/tool`,
  ]);
  expect(await engine.ok(["search", "--format", "{{.Name}}", "--limit", "1", `${host}/`])).toBe(`${host}/other`);
  const json = JSON.parse(await engine.ok(["search", "--format", "json", `${host}/other`])) as object[];
  expect(json).toEqual([
    { Index: host, Name: `${host}/other`, Description: "", Stars: 0, Official: "", Automated: "", Tag: "" },
  ]);
  const tags = JSON.parse(await engine.ok(["search", "--list-tags", "--format", "json", `${host}/team/app`])) as {
    Name: string;
    Tags: string[];
  }[];
  expect(tags.map((entry) => ({ ...entry, Tags: entry.Tags.toSorted() }))).toEqual([
    { Name: `${host}/team/app`, Tags: ["1", "2"] },
  ]);
  expect(await engine.ok(["image", "search", "--list-tags", "--format", "{{.Tag}}", `${host}/team/tool`])).toBe("1");
  expect((await engine.run(["search", "--filter", "colour=red", `${host}/x`])).code).toBe(125);
  expect((await engine.run(["search", "127.0.0.1:1/x"])).code).toBe(125);
});

test("a registry that has the first protocol's search gives descriptions and stars, by which is filtered", async () => {
  using server = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    fetch: (request) => {
      const url = new URL(request.url);
      if (url.pathname !== "/v1/search") return Response.json({});
      const results = [
        {
          name: "app",
          description: "One\nthat has very much to say about itself, really",
          star_count: 7,
          is_official: true,
        },
        { name: "apple", description: "", star_count: 1 },
      ];
      return Response.json({ results: url.searchParams.get("q") === "app" ? results : [] });
    },
  });
  const host = `127.0.0.1:${server.port}`;
  const format = ["--format", "{{.Name}}|{{.Description}}|{{.Stars}}|{{.Official}}"];
  expect(await engine.ok(["search", ...format, `${host}/app`])).toBe(
    `${host}/app|One that has very much to say about itself, ...|7|[OK]\n${host}/apple||1|`,
  );
  expect(await engine.ok(["search", "-f", "stars=3", "--format", "{{.Name}}", `${host}/app`])).toBe(`${host}/app`);
  expect(await engine.ok(["search", "-f", "is-official=false", "--format", "{{.Name}}", `${host}/app`])).toBe(
    `${host}/apple`,
  );
});

test("image scp copies into another root and back, byte for byte, under the same name or another", async () => {
  const other = new TestEngine();
  held.other = other;
  const copied = await engine.ok(["image", "scp", "-q", "bb:1", `${other.root}::`]);
  expect(copied).toBe("Loaded image: localhost/bb:1");
  const format = ["image", "inspect", "--format", "{{.Id}} {{.Digest}}"];
  const [here, there] = [await engine.ok([...format, "bb:1"]), await other.ok([...format, "bb:1"])];
  expect(there).toBe(here);
  expect(await other.ok(["run", "--rm", "bb:1", "echo", "runs"])).toBe("runs");
  await other.ok(["tag", "bb:1", "own:1"]);
  expect(await engine.ok(["image", "scp", "-q", `${other.root}::own:1`, "::back:2"])).toBe(
    "Loaded image: localhost/back:2",
  );
  await engine.ok(["rmi", "back:2"]);
  await other.expectClean();
  for (const [args, text] of [
    [[`${engine.folder}/none::bb:1`], "there is no root"],
    [["bb:1"], "in the same store"],
  ] as const) {
    const { code, stderr } = await engine.run(["image", "scp", ...args]);
    expect([code, stderr]).toEqual([125, expect.stringContaining(text)]);
  }
});
