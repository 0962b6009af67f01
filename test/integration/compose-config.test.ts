import { expect, test } from "bun:test";
import { mkdirSync, readFileSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { folderOf } from "../fixtures/compose-files.ts";
import { BINARY, runCommand } from "../fixtures/engine.ts";
import { makeImage } from "../fixtures/image.ts";
import { startRegistry } from "../fixtures/registry.ts";

const FILE = `name: shop
services:
  web:
    image: nginx:\${TAG:-1}
    command: sh -c "echo $$HOME"
    ports: ["8080:80"]
    volumes: [data:/d, ./x:/x:ro]
    depends_on: {db: {condition: service_healthy}}
    deploy: {resources: {limits: {memory: 64m, cpus: "0.5"}}}
    stop_grace_period: 1m30s
    secrets: [{source: s, mode: 0440}]
  db:
    image: pg
    healthcheck: {test: pg_isready, interval: 5s}
    environment: {PW: "$PW"}
    profiles: [full]
volumes: {data: }
secrets: {s: {file: ./s.txt}}
x-more: {a: 1}
`;

/** What \`config --profile full\` prints of it; DIR is its folder. */
const CANONICAL = `name: shop
services:
  db:
    profiles:
      - full
    environment:
      PW: se$$cret
    healthcheck:
      test:
        - CMD-SHELL
        - pg_isready
      interval: 5s
    image: pg
    networks:
      default: null
  web:
    command:
      - sh
      - -c
      - echo $$HOME
    depends_on:
      db:
        condition: service_healthy
        required: true
    deploy:
      resources:
        limits:
          cpus: 0.5
          memory: "67108864"
    image: nginx:1
    networks:
      default: null
    ports:
      - mode: ingress
        target: 80
        published: "8080"
        protocol: tcp
    secrets:
      - source: s
        target: /run/secrets/s
        mode: "0440"
    stop_grace_period: 1m30s
    volumes:
      - type: volume
        source: data
        target: /d
        volume: {}
      - type: bind
        source: DIR/x
        target: /x
        read_only: true
        bind: {}
networks:
  default:
    name: shop_default
volumes:
  data:
    name: shop_data
secrets:
  s:
    name: shop_s
    file: DIR/s.txt
x-more:
  a: 1
`;

type Result = { readonly code: number; readonly stdout: string; readonly stderr: string };

/** Runs compose in a folder, with nothing in its environment but this. */
async function compose(cwd: string, words: readonly string[], env: Record<string, string> = {}): Promise<Result> {
  const roots = ["--root", join(cwd, "root"), "--runroot", join(cwd, "run")];
  const { code, stdout, stderr } = await runCommand([BINARY, ...roots, "compose", ...words], {
    cwd,
    env: { PATH: process.env["PATH"] ?? "", HOME: "/root", ...env },
  });
  return { code, stdout, stderr };
}

test("config prints the canonical form; read again, it prints the same", async () => {
  using folder = folderOf({ "compose.yaml": FILE, ".env": "PW='se$cret'\nCOMPOSE_PROFILES=full\n" });
  const first = await compose(folder.path, ["config"]);
  expect(first).toEqual({ code: 0, stdout: CANONICAL.replaceAll("DIR", folder.path), stderr: "" });
  mkdirSync(join(folder.path, "again"));
  await Bun.write(join(folder.path, "again/compose.yaml"), first.stdout);
  expect((await compose(join(folder.path, "again"), ["--profile", "*", "config"])).stdout).toBe(first.stdout);
  const json = await compose(folder.path, ["config", "--format", "json"]);
  await Bun.write(join(folder.path, "again/compose.yaml"), json.stdout);
  expect((await compose(join(folder.path, "again"), ["--profile", "full", "convert"])).stdout).toBe(first.stdout);
});

test("config leaves out what it is told to: variables, paths, what is implied, env files, checks", async () => {
  using folder = folderOf({
    "compose.yaml":
      "services: {web: {image: 'a:$TAG', ports: ['$PORT:80'], volumes: ['./x:/x'], env_file: e.env, networks: [n]}}\n",
    "e.env": "E=1\n",
  });
  const config = async (...words: string[]): Promise<string> =>
    (await compose(folder.path, ["-p", "p", "config", ...words], { TAG: "t", PORT: "1" })).stdout;
  expect((await compose(folder.path, ["config"])).code).toBe(1);
  expect(await config("--no-consistency")).toContain('environment:\n      E: "1"');
  const raw = await config("--no-consistency", "--no-interpolate");
  expect(raw).toContain("image: a:$TAG\n");
  expect(raw).toContain("ports:\n      - $PORT:80\n");
  expect(await config("--no-consistency", "--no-path-resolution")).toContain("source: ./x\n");
  const plain = await config("--no-consistency", "--no-env-resolution", "--no-normalize");
  expect(plain).toContain("env_file:\n      - path: ");
  expect(plain).not.toContain("p_default");
});

test("config lists services in the order of their dependencies, networks, volumes, profiles, images, models, hashes, variables", async () => {
  using folder = folderOf({ "compose.yaml": FILE });
  const list = async (...words: string[]): Promise<string> =>
    (await compose(folder.path, ["--profile", "full", "config", ...words], { PW: "x" })).stdout;
  expect(await list("--services")).toBe("db\nweb\n");
  expect(await list("--volumes")).toBe("data\n");
  expect(await list("--networks")).toBe("default\n");
  expect(await list("--profiles")).toBe("full\n");
  expect(await list("--images")).toBe("nginx:1\npg\n");
  expect(await list("--models")).toBe("");
  expect(await list("--hash", "web")).toMatch(/^web [0-9a-f]{64}\n$/);
  expect(await list("--hash", "*")).toMatch(/^db [0-9a-f]{64}\nweb [0-9a-f]{64}\n$/);
  expect((await list("--variables")).split("\n").map((line) => line.trim().split(/\s+/).slice(0, 3))).toEqual([
    ["NAME", "REQUIRED", "DEFAULT"],
    ["PW", "false"],
    ["TAG", "false", "1"],
    [""],
  ]);
  expect(await list("--environment")).toContain("\nPW=x\n");
  expect(await list("--environment", "--sources")).toContain("\nPW=x  # environment\n");
});

test("config --sources tells of each value where it was written and what went into it", async () => {
  using folder = folderOf({
    "compose.yaml": FILE,
    ".env": "TAG=2\nPW=x\nCOMPOSE_PROFILES=full\n",
    "o.yaml": "services:\n  web:\n    user: u\n",
  });
  const words = ["-f", "compose.yaml", "-f", "o.yaml", "config", "--sources"];
  const lines = (await compose(folder.path, words)).stdout.split("\n").map((line) => line.trim());
  expect(lines).toContain("image: nginx:2  # compose.yaml:4:12, TAG (.env:1)");
  expect(lines).toContain("user: u  # o.yaml:3:11");
  expect(lines).toContain("name: shop_data  # compose.yaml:17:17, default");
  const rows = JSON.parse((await compose(folder.path, [...words, "--format", "json"])).stdout) as unknown[];
  expect(rows).toContainEqual({ path: ["services", "web", "user"], value: "u", source: "o.yaml:3:11" });
});

test("config -o writes a file, -q only checks; services can be chosen", async () => {
  using folder = folderOf({ "compose.yaml": FILE });
  const env = { PW: "x", COMPOSE_PROFILES: "full" };
  expect(await compose(folder.path, ["config", "-o", "out.yaml", "db"], env)).toEqual({
    code: 0,
    stdout: "",
    stderr: "",
  });
  expect(readFileSync(join(folder.path, "out.yaml"), "utf8")).not.toContain("web");
  expect(await compose(folder.path, ["config", "-q"], env)).toEqual({ code: 0, stdout: "", stderr: "" });
  expect((await compose(folder.path, ["config", "-o", "no/out.yaml"], env)).stderr).toContain(
    "cannot write no/out.yaml",
  );
});

test("what is wrong in a file is shown with place, line, caret and guess, and the exit code is 1", async () => {
  using folder = folderOf({ "compose.yaml": FILE.replace("image: pg", "imag: pg") });
  expect(await compose(folder.path, ["config", "--no-consistency"])).toEqual({
    code: 1,
    stdout: "",
    stderr: `Error: compose.yaml:13:5: services.db has no attribute "imag"
12 |   db:
13 |     imag: pg
   |     ^
  did you mean "image"?
`,
  });
  expect((await compose(folder.path, ["config", "--nope"])).code).toBe(1);
  expect((await compose(folder.path, ["-f", "no.yaml", "config"])).stderr).toContain(
    "no.yaml: no such file or directory",
  );
});

test("an unset variable is warned of; a file comes from stdin; --project-directory, --env-file and a linked file", async () => {
  using folder = folderOf({
    "sub/c.yaml": "services: {web: {image: 'a:$TAG', volumes: ['./x:/x']}}\n",
    "my.env": "TAG=e\n",
  });
  symlinkSync("c.yaml", join(folder.path, "sub/compose.yaml"));
  const unset = await compose(join(folder.path, "sub"), ["config"]);
  expect(unset.stderr).toBe('WARN: The "TAG" variable is not set. Defaulting to a blank string.\n');
  expect(unset.stdout).toStartWith("name: sub\n");
  const words = ["-f", "sub/c.yaml", "--project-directory", "other", "--env-file", "my.env", "config"];
  const { stdout } = await compose(folder.path, words);
  expect(stdout).toStartWith("name: other\n");
  expect(stdout).toContain(`source: ${folder.path}/other/x\n`);
  expect(stdout).toContain("image: a:e\n");
});

test("version", async () => {
  using folder = folderOf({});
  expect((await compose(folder.path, ["version", "--short"])).stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
  expect((await compose(folder.path, ["version"])).stdout).toMatch(/^Docker Compose version v\d/);
  expect(JSON.parse((await compose(folder.path, ["version", "-f", "json"])).stdout)).toHaveProperty("version");
});

test("images are pinned to the digests that their registry has; what is built or pinned stays", async () => {
  await using registry = await startRegistry();
  using folder = folderOf({});
  const image = await makeImage(join(folder.path, "layout"), { name: "it:1" });
  await registry.push(`oci:${image.layout}:it:1`, "it:1");
  const [name, pinned] = [`${registry.host}/it:1`, `${registry.host}/it:1@${image.manifestDigest}`];
  const text = `services: {a: {image: '${name}'}, b: {image: '${pinned}'}, c: {build: ., image: c}}\n`;
  await Bun.write(join(folder.path, "compose.yaml"), text);
  const { code, stdout, stderr } = await compose(folder.path, ["-p", "x", "config", "--resolve-image-digests"]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  expect(stdout.match(/image: .*/g)).toEqual([`image: ${pinned}`, `image: ${pinned}`, "image: c"]);
  const locked = await compose(folder.path, ["-p", "x", "config", "--lock-image-digests"]);
  expect(locked.stdout).toBe(`name: x\nservices:\n  a:\n    image: ${pinned}\n  b:\n    image: ${pinned}\n`);
});
