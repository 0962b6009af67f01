import { expect, test } from "bun:test";
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { makeCertificates } from "../fixtures/certificates.ts";
import { BINARY, type CommandResult, eventually, runCommand, useEngine } from "../fixtures/engine.ts";
import { NO_DOCKER, useService } from "../fixtures/service.ts";

const engine = useEngine();
const service = useService(engine);
const config = engine.path("docker");

async function estiba(
  args: readonly string[],
  env: Record<string, string> = {},
  stdin?: Uint8Array,
): Promise<CommandResult> {
  const options = { env: { DOCKER_CONFIG: config, ...env }, ...(stdin === undefined ? {} : { stdin }) };
  return await runCommand([BINARY, ...args], options);
}

test("a context is made, used, shown, exported, imported, changed and forgotten", async () => {
  const host = `unix://${service.socket}`;
  mkdirSync(config, { recursive: true });
  writeFileSync(join(config, "config.json"), '{"auths":{},"detachKeys":"ctrl-a"}');
  expect(
    await estiba(["context", "create", "--description", "the far one", "--docker", `host=${host}`, "far"]),
  ).toMatchObject({
    code: 0,
    stdout: "far\n",
    stderr: 'Successfully created context "far"\n',
  });
  expect((await estiba(["context", "create", "--docker", `host=${host}`, "far"])).stderr).toContain("already exists");
  expect((await estiba(["context", "create", "--docker", "host=ftp://x", "bad"])).stderr).toContain("is no address");
  expect(await estiba(["context", "show"])).toMatchObject({ stdout: "default\n" });
  expect(await estiba(["--context", "far", "version", "--format", "{{.Server.ApiVersion}}"])).toMatchObject({
    stdout: "1.50\n",
  });
  expect(await estiba(["context", "use", "far"])).toMatchObject({ code: 0, stdout: "far\n" });
  expect(JSON.parse(readFileSync(join(config, "config.json"), "utf8"))).toEqual({
    auths: {},
    detachKeys: "ctrl-a",
    currentContext: "far",
  });
  expect(await estiba(["context", "ls", "--format", "{{.Name}} {{.Current}} {{.DockerEndpoint}}"])).toMatchObject({
    stdout: `default false \nfar true ${host}\n`,
  });
  const [heading, usual, chosen] = (await estiba(["context", "ls"])).stdout.split("\n");
  expect([heading, usual, chosen].map((line) => line?.split(/ {2,}/)[0])).toEqual(["NAME", "default", "far *"]);
  expect(await estiba(["images", "-q"])).toMatchObject({ code: 0 });
  const archive = (await estiba(["context", "export", "far", "-"])).bytes;
  expect(await estiba(["context", "import", "copy", "-"], {}, archive)).toMatchObject({ code: 0, stdout: "copy\n" });
  await estiba(["context", "update", "--description", "again", "copy"]);
  const inspected = await estiba([
    "context",
    "inspect",
    "-f",
    "{{.Metadata.Description}} {{.Endpoints.docker.Host}}",
    "copy",
  ]);
  expect(inspected.stdout).toBe(`again ${host}\n`);
  expect((await estiba(["context", "rm", "far"])).stderr).toContain('context "far" is in use');
  expect(await estiba(["context", "rm", "--force", "far", "copy"])).toMatchObject({ code: 0, stdout: "far\ncopy\n" });
  expect(await estiba(["context", "ls", "-q"])).toMatchObject({ stdout: "default\n" });
  expect((await estiba(["context", "rm", "default"])).code).toBe(125);
});

test.skipIf(NO_DOCKER !== undefined)("docker's command and Estiba know each other's contexts", async () => {
  const docker = async (...args: string[]) => await runCommand(["docker", ...args], { env: { DOCKER_CONFIG: config } });
  const host = `unix://${service.socket}`;
  await estiba(["context", "create", "--docker", `host=${host}`, "ours"]);
  expect((await docker("--context", "ours", "version", "--format", "{{.Server.APIVersion}}")).stdout).toBe("1.50\n");
  expect((await docker("context", "create", "--docker", `host=${host}`, "theirs")).code).toBe(0);
  expect((await estiba(["--context", "theirs", "images", "-q"])).code).toBe(0);
  await docker("context", "export", "theirs", join(config, "theirs.tar"));
  expect(await estiba(["context", "import", "back", join(config, "theirs.tar")])).toMatchObject({ code: 0 });
  expect((await estiba(["context", "ls", "-q"])).stdout).toBe("default\nback\nours\ntheirs\n");
  await estiba(["context", "rm", "ours", "theirs", "back"]);
});

test("over TLS, with a certificate of one's own, by options, by variables and by a context", async () => {
  const folder = engine.path("tls");
  const { pem, port } = await makeCertificates(folder);
  const tls = ["--tls-cert", pem("server"), "--tls-key", pem("server-key"), "--tls-client-ca", pem("ca")];
  const child = Bun.spawn(engine.argv(["system", "service", ...tls, `tcp://127.0.0.1:${port}`]), {
    stdio: ["ignore", "ignore", "inherit"],
  });
  try {
    const flags = ["--tlscacert", pem("ca"), "--tlscert", pem("client"), "--tlskey", pem("client-key")];
    const host = `tcp://127.0.0.1:${port}`;
    await eventually(
      async () => await estiba(["--tlsverify", ...flags, "-H", host, "run", "--rm", "bb:1", "echo", "hello"]),
      ({ stdout }) => stdout === "hello\n",
    );
    expect((await estiba(["--tlsverify", "--tlscacert", pem("ca"), "-H", host, "ps"])).code).toBe(125);
    const wrong = await estiba(["--tlsverify", ...flags, "--tlscacert", pem("client"), "-H", host, "ps"]);
    expect(wrong.stderr).toContain("no secure connection");
    expect((await estiba(["-H", host, "ps"])).code).toBe(125);
    const variables = { DOCKER_HOST: host, DOCKER_TLS_VERIFY: "1", DOCKER_CERT_PATH: join(folder, "client-folder") };
    expect(await estiba(["exec", "-i", "none", "cat"], variables)).toMatchObject({ code: 125 });
    expect((await estiba(["images", "-q"], variables)).code).toBe(0);
    const files = `ca=${pem("ca")},cert=${pem("client")},key=${pem("client-key")}`;
    await estiba(["context", "create", "--docker", `host=${host},${files}`, "secure"]);
    expect((await estiba(["--context", "secure", "images", "-q"])).code).toBe(0);
    await estiba(["context", "rm", "secure"]);
  } finally {
    child.kill();
    await child.exited;
  }
});

test("over ssh, whose words are a list and cannot be more than they are", async () => {
  // In the place of sshd: it runs what ssh would have the far side's shell run.
  const bin = engine.path("bin");
  mkdirSync(bin, { recursive: true });
  writeFileSync(
    join(bin, "ssh"),
    `#!/bin/sh\nprintf '%s\\n' "$@" > '${bin}/words'\nfor last; do :; done\nexec sh -c "$last"\n`,
    {
      mode: 0o755,
    },
  );
  symlinkSync(BINARY, join(bin, "estiba"));
  const env = { PATH: `${bin}:${process.env["PATH"] ?? ""}` };
  const host = `ssh://me@far.example:2222${service.socket}`;
  const ran = await estiba(
    ["-H", host, "run", "--rm", "-i", "bb:1", "sh", "-c", "cat; exit 3"],
    env,
    Buffer.from("in\n"),
  );
  expect(ran).toMatchObject({ code: 3, stdout: "in\n" });
  const words = readFileSync(join(bin, "words"), "utf8").split("\n");
  expect(words.slice(0, 9)).toEqual(["-T", "-o", "ConnectTimeout=30", "-l", "me", "-p", "2222", "--", "far.example"]);
  expect(words[9]).toContain(`estiba system dial-stdio --socket ${service.socket}`);
  // Where no service runs, one is there when somebody comes.
  const roots = { ESTIBA_ROOT: engine.root, ESTIBA_RUNROOT: engine.runRoot };
  const images = await estiba(["-H", "ssh://far", "images", "-q"], { ...env, ...roots });
  expect(images).toMatchObject({ code: 0, stdout: expect.stringMatching(/^[0-9a-f]{12}\n$/) });
  const own = await estiba(["--root", engine.root, "--runroot", engine.runRoot, "--remote", "images", "-q"]);
  expect(own).toMatchObject({ code: 0, stdout: images.stdout });
  const refused = await estiba(["-H", "ssh://far/nonesuch.sock", "ps"], env);
  expect(refused).toMatchObject({ code: 125 });
  expect(refused.stderr).toContain('no service answers at "/nonesuch.sock"');
});
