import { afterAll, beforeAll, expect, test } from "bun:test";
import { readdirSync } from "node:fs";
import { TestProject } from "../fixtures/compose.ts";
import { runCommand, useEngine } from "../fixtures/engine.ts";
import { startRegistry, type TestRegistry } from "../fixtures/registry.ts";

const engine = useEngine();
const started: { registry?: TestRegistry } = {};

beforeAll(async () => {
  started.registry = await startRegistry();
});

afterAll(async () => await started.registry?.[Symbol.asyncDispose]());

function host(): string {
  return started.registry?.host ?? "";
}

const FILES = {
  "compose.yaml": [
    "services:",
    "  web:",
    '    extends: {file: "parts/base.yaml", service: base}  # theirs',
    '    environment: {SHADE: "${SHADE:-red}"}',
    "  job: &job",
    "    image: bb:1",
    "    command: env",
    "    env_file: [ 'own.env' ]",
    "  twin: {<<: *job}",
  ].join("\n"),
  "more.yaml": "services: {job: {environment: {MORE: '1'}}}\n",
  "parts/base.yaml": "services: {base: {image: 'bb:1', command: [sleep, '1000'], env_file: base.env, init: true}}\n",
  "parts/base.env": "FROM_BASE=1\n",
  "own.env": "FROM_OWN=1\n",
};

type Manifest = {
  readonly artifactType?: string;
  readonly config: { readonly mediaType: string };
  readonly layers: readonly { readonly mediaType: string; readonly annotations: Readonly<Record<string, string>> }[];
};

async function manifestOf(name: string): Promise<Manifest> {
  const headers = { Accept: "application/vnd.oci.image.manifest.v1+json" };
  const [path, tag = "latest"] = name.split(":");
  return (await (await fetch(`http://${host()}/v2/${path}/manifests/${tag}`, { headers })).json()) as Manifest;
}

async function configOf(project: TestProject, address: string, ...options: string[]): Promise<Record<string, never>> {
  return JSON.parse(await project.ok(["-f", address, ...options, "config", "--format", "json"])) as Record<
    string,
    never
  >;
}

test("what is published comes up elsewhere: all files, those that are extended, env files, variables still open", async () => {
  await using project = new TestProject(engine, "published", FILES);
  const both = ["-f", "compose.yaml", "-f", "more.yaml"];
  await project.ok([...both, "publish", "--with-env", `${host()}/team/shop:2`]);
  const { artifactType, layers } = await manifestOf("team/shop:2");
  expect(artifactType).toBe("application/vnd.docker.compose.project");
  expect(layers.map(({ mediaType, annotations }) => [mediaType.split(".").at(-1), Object.keys(annotations)])).toEqual([
    ["file+yaml", ["com.docker.compose.file"]],
    ["file+yaml", ["com.docker.compose.file"]],
    ["file+yaml", ["com.docker.compose.file", "com.docker.compose.extends"]],
    ["envfile", ["com.docker.compose.envfile"]],
    ["envfile", ["com.docker.compose.envfile"]],
  ]);
  await using elsewhere = new TestProject(engine, "elsewhere", {
    ".env": "SHADE=blue\n",
    "compose.yaml": "services: {not-meant: {image: bb:1}}",
  });
  const address = `oci://${host()}/team/shop:2`;
  const { name, services } = (await configOf(elsewhere, address)) as unknown as {
    name: string;
    services: Record<string, { environment: Record<string, string> }>;
  };
  // Called after the repository, whatever the version.
  expect(name).toBe("shop");
  expect(services["web"]?.environment).toEqual({ SHADE: "blue", FROM_BASE: "1" });
  expect(services["job"]?.environment).toEqual({ FROM_OWN: "1", MORE: "1" });
  expect(services["twin"]?.environment).toEqual({ FROM_OWN: "1" });
  await elsewhere.ok(["-f", address, "up", "-d", "--wait", "web"]);
  expect(await elsewhere.ok(["-f", address, "exec", "-T", "web", "sh", "-c", "echo $SHADE $FROM_BASE"])).toBe("blue 1");
  // Its files stay as long as there is a container that may use them.
  await engine.ok(["system", "prune", "--all", "--force"]);
  expect(readdirSync(`${engine.root}/cache/compose`)).toHaveLength(1);
  await elsewhere.ok(["-f", address, "down", "-t", "0"]);
  await engine.ok(["system", "prune", "--all", "--force"]);
  expect(readdirSync(`${engine.root}/cache/compose`)).toEqual([]);
  await engine.load();
}, 60_000);

test("a registry's project can be included and extended; --resolve-image-digests pins, --oci-version 1.0 has no artifactType", async () => {
  await using project = new TestProject(engine, "parts", {
    "compose.yaml": `services: {db: {image: ${host()}/lib/db:1}}`,
  });
  await started.registry?.push(`oci:${engine.images.get("bb:1")?.layout}:bb:1`, "lib/db:1");
  const repository = `${host()}/team/parts`;
  await project.ok(["publish", "--oci-version", "1.0", "--resolve-image-digests", repository]);
  const { artifactType, config } = await manifestOf("team/parts");
  expect([artifactType, config.mediaType]).toEqual([
    undefined as never,
    "application/vnd.docker.compose.config.empty.v1+json",
  ]);
  await using user = new TestProject(engine, "user", {
    "compose.yaml": `include: ["oci://${repository}"]\nservices: {mine: {extends: {file: "oci://${repository}", service: db}, command: "true"}}`,
  });
  const images = (await user.ok(["config", "--images"])).split("\n");
  expect(images).toEqual([expect.stringMatching(/^127\.0\.0\.1:\d+\/lib\/db:1@sha256:[0-9a-f]{64}$/)] as never);
  expect(await user.ok(["config", "--services"])).toBe("db\nmine");
}, 60_000);

test("git repositories: a branch, a folder, a file; build contexts and paths are those of the checkout", async () => {
  await using repository = new TestProject(engine, "repo.git", {
    "compose.yaml": "services: {web: {image: bb:1, build: ., env_file: e.env}}",
    "e.env": "A=1\n",
    "sub/dir/one.yaml": "services: {sub: {image: bb:1}}",
    "sub/compose.yml": "services: {other: {image: bb:1}}",
    outside: "x",
  });
  const git = async (...words: string[]): Promise<void> => {
    const who = ["-c", "user.name=t", "-c", "user.email=t@t"];
    const { code, stderr } = await runCommand(["git", "-C", repository.folder, ...who, ...words]);
    expect({ words, code, stderr: code === 0 ? "" : stderr }).toEqual({ words, code: 0, stderr: "" });
  };
  await git("init", "-q", "-b", "main");
  await runCommand(["ln", "-s", "/etc/passwd", `${repository.folder}/link.yaml`]);
  await git("add", ".");
  await git("commit", "-q", "-m", "one");
  const address = `file://${repository.folder}`;
  await using user = new TestProject(engine, "git-user", {
    "compose.yaml": `include: ["${address}#main:sub"]\nservices: {mine: {extends: {file: "${address}#:sub/dir/one.yaml", service: sub}}}`,
  });
  expect(await user.ok(["config", "--services"])).toBe("mine\nother");
  const remote = (await configOf(user, address)) as unknown as {
    name: string;
    services: { web: { build: { context: string }; environment: unknown } };
  };
  expect(remote.name).toBe("repo");
  expect(remote.services.web.build.context).toMatch(/\/cache\/compose\/[0-9a-f]{40}\/repo$/);
  expect(remote.services.web.environment).toEqual({ A: "1" });
  // A link leads nowhere but into the repository.
  const linked = await user.run(["-f", `${address}#main:link.yaml`, "config"]);
  expect([linked.code, linked.stderr]).toEqual([
    1,
    expect.stringContaining('has no Compose file "link.yaml"'),
  ] as never);
  const nowhere = await user.run(["-f", `${address}#no-such-branch`, "config"]);
  expect([nowhere.code, nowhere.stderr]).toEqual([1, expect.stringContaining("no-such-branch")] as never);
}, 60_000);

test("what is no project is refused; a denied question publishes nothing, and each is asked", async () => {
  await started.registry?.push(`oci:${engine.images.get("bb:1")?.layout}:bb:1`, "lib/image:1");
  await using project = new TestProject(engine, "asked", {
    "compose.yaml": 'services: {web: {image: bb:1, volumes: ["./x:/x"], environment: {PASSWORD: abc}}}',
  });
  const image = await project.run(["-f", `oci://${host()}/lib/image:1`, "config"]);
  expect([image.code, image.stderr]).toEqual([1, expect.stringContaining("is no published Compose project")] as never);
  const target = `${host()}/team/asked`;
  const no = await project.run(["publish", target], { stdin: "y\nn\n" });
  expect([no.code, no.stderr]).toEqual([
    130,
    expect.stringMatching(/bind mount declarations\? \[y\/N\] [^]*these env declarations\? \[y\/N\] /),
  ] as never);
  expect((await fetch(`http://${target.replace("/", "/v2/")}/manifests/latest`)).status).toBe(404);
  await project.ok(["publish", target], { stdin: "y\ny\n" });
  expect(await project.ok(["-f", `oci://${target}`, "config", "--images"])).toBe("bb:1");
  const exec = await project.run(["--dry-run", "exec", "web", "true"]);
  expect([exec.code, exec.stderr]).toEqual([1, expect.stringContaining("cannot be tried out")] as never);
}, 60_000);
