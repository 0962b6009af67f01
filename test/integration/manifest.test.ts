import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { IMAGE, useEngine } from "../fixtures/engine.ts";
import { runTool } from "../fixtures/image.ts";
import { startRegistry, type TestRegistry } from "../fixtures/registry.ts";

const engine = useEngine();
const held: { registry: TestRegistry | undefined } = { registry: undefined };
beforeAll(async () => {
  held.registry = await startRegistry();
});
afterAll(async () => await held.registry?.[Symbol.asyncDispose]());

const OTHER = process.arch === "x64" ? "arm64" : "amd64";
const HOST = process.arch === "x64" ? "amd64" : "arm64";

const host = (): string => held.registry?.host ?? "";

function context(name: string, ...lines: string[]): string {
  const folder = engine.path(name);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "Containerfile"), lines.join("\n"));
  writeFileSync(join(folder, "f"), "content");
  return folder;
}

type Shown = {
  readonly mediaType: string;
  readonly annotations?: Record<string, string>;
  readonly manifests: readonly {
    readonly digest: string;
    readonly platform: Record<string, unknown>;
    readonly annotations?: Record<string, string>;
  }[];
};

async function inspect(name: string): Promise<Shown> {
  return JSON.parse(await engine.ok(["manifest", "inspect", name])) as Shown;
}

/** Two images of no layer's difference but their platform. */
async function makeTwo(name: string): Promise<[string, string]> {
  const folder = context(name, "FROM scratch", "ARG TARGETARCH", "COPY f /$TARGETARCH");
  for (const arch of [HOST, OTHER])
    await engine.ok(["build", "-q", "--platform", `linux/${arch}`, "-t", `${name}:${arch}`, folder]);
  return [`${name}:${HOST}`, `${name}:${OTHER}`];
}

test("a list is created, added to, annotated, shown, shortened and forgotten", async () => {
  const [own, other] = await makeTwo("life");
  const id = await engine.ok(["manifest", "create", "life:list", own]);
  expect(id).toMatch(/^[0-9a-f]{64}$/);
  const again = await engine.run(["manifest", "create", "life:list"]);
  expect([again.code, again.stderr.includes("there is a manifest list")]).toEqual([125, true]);
  await engine.ok(["manifest", "create", "--amend", "--annotation", "of=list", "life:list"]);
  await engine.ok(["manifest", "add", "life:list", other]);
  await engine.ok(["manifest", "annotate", "--variant", "v9", "--os-version", "7", "--annotation", "a=b", id, other]);
  const list = await inspect("life:list");
  expect(list.annotations).toEqual({ of: "list" });
  expect(list.manifests.map(({ platform, annotations }) => [platform, annotations])).toEqual([
    [{ os: "linux", architecture: HOST }, undefined],
    [{ os: "linux", architecture: OTHER, variant: "v9", "os.version": "7" }, { a: "b" }],
  ]);
  await engine.ok(["manifest", "remove", "life:list", list.manifests[0]?.digest ?? ""]);
  expect((await inspect("life:list")).manifests).toHaveLength(1);
  expect((await engine.run(["manifest", "exists", "life:list"])).code).toBe(0);
  expect(await engine.ok(["manifest", "rm", "life:list"])).toBe(`Untagged: localhost/life:list\nDeleted: ${id}`);
  expect((await engine.run(["manifest", "exists", "life:list"])).code).toBe(1);
  await engine.ok(["rmi", own, other]);
});

test("images of a list stay as long as the list, and are taken out by force only", async () => {
  const [own, other] = await makeTwo("kept");
  await engine.ok(["manifest", "create", "kept:list", own, other]);
  const { code, stderr } = await engine.run(["rmi", own]);
  expect([code, stderr.includes("is in the manifest list localhost/kept:list")]).toEqual([2, true]);
  const id = await engine.ok(["image", "inspect", "--format", "{{.Id}}", own]);
  await engine.ok(["untag", own]);
  await engine.ok(["image", "prune", "--force"]);
  expect((await inspect("kept:list")).manifests).toHaveLength(2);
  await engine.ok(["rmi", "--force", id]);
  expect((await inspect("kept:list")).manifests).toHaveLength(1);
  await engine.ok(["manifest", "rm", "kept:list"]);
  await engine.ok(["rmi", other]);
});

test("a pushed list is an index that others pull by platform, and --all takes it in again without moving a name", async () => {
  const [own, other] = await makeTwo("pushed");
  await engine.ok(["manifest", "create", "pushed:list", own, other]);
  const digest = await engine.ok(["manifest", "push", "-q", "pushed:list", `docker://${host()}/pushed:1`]);
  expect(digest).toMatch(/^sha256:/);
  const raw = await runTool(["skopeo", "inspect", "--raw", "--tls-verify=false", `docker://${host()}/pushed:1`]);
  expect((JSON.parse(raw) as Shown).manifests.map(({ platform }) => platform["architecture"])).toEqual([HOST, OTHER]);
  const skopeo = ["skopeo", "inspect", "--override-arch", OTHER, "--tls-verify=false", "--format", "{{.Architecture}}"];
  expect((await runTool([...skopeo, `docker://${host()}/pushed:1`])).trim()).toBe(OTHER);
  await engine.ok(["pull", "-q", `${host()}/pushed:1`]);
  await engine.ok(["manifest", "create", "again:list"]);
  await engine.ok(["manifest", "add", "-q", "--all", "again:list", `docker://${host()}/pushed:1`]);
  const shown = await inspect(`docker://${host()}/pushed:1`);
  expect((await inspect("again:list")).manifests.map((entry) => entry.digest)).toEqual(
    shown.manifests.map((entry) => entry.digest),
  );
  const format = ["image", "inspect", "--format", "{{.Architecture}}"];
  expect(await engine.ok([...format, `${host()}/pushed:1`])).toBe(HOST);
  await engine.ok(["manifest", "rm", "pushed:list", "again:list"]);
  await engine.ok(["rmi", "--force", own, other]);
});

test("--format v2s2 makes Docker's kind of list; what is empty, unknown or no registry is refused", async () => {
  const [own, other] = await makeTwo("docker");
  await engine.ok(["manifest", "create", "docker:list", own, other]);
  await engine.ok(["manifest", "push", "-q", "--rm", "-f", "v2s2", "docker:list", `${host()}/docker:1`]);
  const raw = JSON.parse(await engine.ok(["manifest", "inspect", `docker://${host()}/docker:1`])) as Shown;
  expect(raw.mediaType).toBe("application/vnd.docker.distribution.manifest.list.v2+json");
  expect((await engine.run(["manifest", "exists", "docker:list"])).code).toBe(1);
  await engine.ok(["manifest", "create", "empty:list"]);
  for (const [args, text] of [
    [["manifest", "push", "empty:list", `${host()}/empty:1`], "has no image yet"],
    [["manifest", "push", "empty:lost", `${host()}/empty:1`], "did you mean localhost/empty:list?"],
    [["manifest", "push", "empty:list", "oci:/tmp/x"], "only to a registry"],
    [["manifest", "remove", "empty:list", own], "is not in the manifest list"],
  ] as const) {
    const { code, stderr } = await engine.run(args);
    expect([code, stderr]).toEqual([125, expect.stringContaining(text)]);
  }
  await engine.ok(["manifest", "rm", "empty:list"]);
  await engine.ok(["rmi", own, other]);
});

test("a build for several platforms puts its images into a list; what runs here runs once for each", async () => {
  const folder = context(
    "several",
    `FROM --platform=$BUILDPLATFORM ${IMAGE} AS made`,
    "ARG TARGETARCH",
    "RUN echo $TARGETARCH > /for",
    "FROM scratch",
    "COPY --from=made /for /for",
  );
  const platforms = `linux/${OTHER},linux/${HOST}`;
  const { stderr } = await engine.run(["build", "--platform", platforms, "--manifest", "several:list", folder]);
  expect(stderr).toContain(`[linux/${OTHER} made] STEP 2/2: RUN echo $TARGETARCH > /for`);
  expect((await inspect("several:list")).manifests.map(({ platform }) => platform["architecture"])).toEqual([
    OTHER,
    HOST,
  ]);
  await engine.ok(["manifest", "push", "-q", "several:list", `${host()}/several:1`]);
  // The base of the other platform comes without a name: the one that is here keeps it.
  const above = context("above", `FROM ${host()}/several:1`, "COPY f /f");
  await engine.ok(["build", "-q", "-t", "above:host", above]);
  await engine.ok(["build", "-q", "--platform", `linux/${OTHER}`, "-t", "above:other", above]);
  const files = engine.path("files");
  await engine.ok(["build", "-q", "--platform", `linux/${OTHER}`, "-o", files, above]);
  expect(await Bun.file(join(files, "for")).text()).toBe(`${OTHER}\n`);
  const format = ["image", "inspect", "--format", "{{.Architecture}}"];
  expect(await engine.ok([...format, "above:host", "above:other", `${host()}/several:1`])).toBe(
    `${HOST}\n${OTHER}\n${HOST}`,
  );
  const unnamed = await engine.run(["build", "--platform", platforms, "-t", "x", above]);
  expect([unnamed.code, unnamed.stderr.includes("--manifest x")]).toEqual([125, true]);
  await engine.ok(["manifest", "rm", "several:list"]);
  await engine.ok(["rmi", "above:host", "above:other"]);
});
