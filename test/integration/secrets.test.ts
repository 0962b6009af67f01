import { beforeEach, expect, test } from "bun:test";
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { eventually, IMAGE, testRuntimes, useEngine } from "../fixtures/engine.ts";

const engine = useEngine();
const VALUE = "hunter2-correct-horse";

const secretFiles = () => readdirSync(join(engine.root, "secrets"));
const create = async (name: string, data: string, ...options: string[]) =>
  await engine.ok(["secret", "create", ...options, name, "-"], { stdin: data });

// Those that a failed test left.
beforeEach(async () => void (await engine.ok(["secret", "rm", "--all"])));

test("a secret is created from stdin, a file and a variable, listed, inspected without its data, and removed", async () => {
  const file = engine.path("token");
  writeFileSync(file, VALUE);
  const id = await create("first", VALUE, "--label", "role=db");
  expect(id).toMatch(/^[0-9a-f]{25}$/);
  await engine.ok(["secret", "create", "second", file]);
  await engine.ok(["secret", "create", "--env", "third", "MY_TOKEN"], { env: { MY_TOKEN: VALUE } });
  expect(await engine.ok(["secret", "ls", "--format", "{{.Name}} {{.Driver}}"])).toBe(
    "first file\nsecond file\nthird file",
  );
  expect(await engine.ok(["secret", "ls", "-q", "--filter", "name=^fi"])).toBe(id);
  expect(await engine.ok(["secret", "ls", "-q", "--filter", `id=${id.slice(0, 6)}`])).toBe(id);
  expect(await engine.ok(["secret", "ls", "-q", "--filter", "label=role=db"])).toBe(id);
  const labels = ["secret", "ls", "--filter", "label=role=db", "--format", '{{.Labels}} {{.Label "role"}}'];
  expect(await engine.ok(labels)).toBe("role=db db");
  const text = await engine.ok(["secret", "inspect", "first", "second", id.slice(0, 8)]);
  expect(text).not.toContain(VALUE);
  expect(JSON.parse(text)[0]).toEqual({
    ID: id,
    CreatedAt: expect.any(String),
    UpdatedAt: expect.any(String),
    Spec: {
      Name: "first",
      Driver: { Name: "file", Options: { path: join(engine.root, "secrets") } },
      Labels: { role: "db" },
    },
  });
  for (const name of ["first", "second", "third"])
    expect(await engine.ok(["secret", "inspect", "--showsecret", "--format", "{{.SecretData}}", name])).toBe(VALUE);
  expect(await engine.ok(["secret", "inspect", "--pretty", "first"])).toContain(`ID:              ${id}\n`);
  for (const name of secretFiles()) expect(statSync(join(engine.root, "secrets", name)).mode & 0o777).toBe(0o600);
  expect((await engine.run(["secret", "exists", "first"])).code).toBe(0);
  expect(await engine.ok(["secret", "rm", "first"])).toBe(id);
  expect((await engine.run(["secret", "exists", "first"])).code).toBe(1);
  await engine.ok(["secret", "rm", "--all"]);
  expect(secretFiles()).toEqual([]);
});

test("a name in use, a missing secret, a bad name, no data, too much and another driver are refused in Podman's words", async () => {
  await create("taken", VALUE);
  const refusals: [string[], string][] = [
    [["create", "taken", "-"], "taken: secret name in use"],
    [["create", "a/b", "-"], "invalid secret name"],
    [["create", "a=b", "-"], "invalid secret name"],
    [["create", "--env", "v", "NO_SUCH_VARIABLE"], "environment variable NO_SUCH_VARIABLE is not set"],
    [["create", "file", "/no/such/file"], "open /no/such/file: no such file or directory"],
    [["create", "folder", "/etc"], "/etc is a folder: the data of a secret or config is one file's"],
    [["create", "empty", "/dev/null"], "secret data must be larger than 0 and less than 512000 bytes"],
    [["create", "endless", "/dev/zero"], "secret data must be larger than 0 and less than 512000 bytes"],
    [["create", "--driver", "pass", "other", "-"], 'the secret driver "pass" is not supported'],
    [["create", "--driver-opts", "path=/x", "other", "-"], "--driver-opts"],
    [["inspect", "nope"], 'inspecting secret: no secret with name or id "nope": no such secret'],
    [["rm", "nope"], 'no secret with name or id "nope": no such secret'],
    [["ls", "--filter", "colour=red"], 'invalid filter "colour=red"'],
  ];
  for (const [words, told] of refusals) {
    const { code, stderr } = await engine.run(["secret", ...words], { stdin: VALUE });
    expect([words, code, stderr]).toEqual([words, 125, expect.stringContaining(told)]);
  }
  expect(await engine.ok(["secret", "rm", "--ignore", "nope"])).toBe("");
  expect(await engine.ok(["secret", "ls", "-n", "--format", "{{.Name}}"])).toBe("taken");
});

test("what is wrong with --secret is said before anything is made", async () => {
  await create("s", VALUE);
  for (const [option, told] of [
    ["none", 'no secret with name or id "none": no such secret'],
    ["s,type=disk", 'type "disk" is neither mount nor env'],
    ["s,type=env,uid=5", "uid, gid and mode cannot be set with the type env"],
    ["s,mode=9", 'mode "9" is no octal number'],
    ["s,uid=x", 'uid "x" is no id'],
    ["s,colour=red", '"colour=red" is none of'],
    ["type=mount", "it names nothing"],
  ] as const) {
    const { code, stderr } = await engine.run(["run", "--rm", "--secret", option, IMAGE, "true"]);
    expect([option, code, stderr]).toEqual([option, 125, expect.stringContaining(told)]);
  }
  const twice = await engine.run(["create", "--secret", "s", "-v", "/x:/run/secrets/s", IMAGE, "true"]);
  expect([twice.code, twice.stderr]).toEqual([125, expect.stringContaining("duplicate mount destination")]);
  expect(await engine.ok(["ps", "-aq"])).toBe("");
});

for (const { name, why } of testRuntimes()) {
  test.skipIf(why !== undefined)(
    `${name}: files have owner, mode and place as asked for, and nobody can write them`,
    async () => {
      await create("s", VALUE);
      const script =
        "stat -c '%n %u:%g %a' /run/secrets/s /etc/deep/er; cat /run/secrets/s /etc/deep/er; echo >/run/secrets/s";
      const options = ["--secret", "s", "--secret", "source=s,target=/etc/deep/er,uid=7,gid=8,mode=0440"];
      const first = await engine.run(["--runtime", name, "run", "--rm", ...options, IMAGE, "sh", "-c", script]);
      expect(first.stdout).toBe(`/run/secrets/s 0:0 444\n/etc/deep/er 7:8 440\n${VALUE}${VALUE}`);
      expect(first.stderr).toContain("Read-only file system");
      const types = "grep -c '^tmpfs /run/secrets/s tmpfs ro' /proc/mounts";
      const others = ["--read-only", "--user", "1234", "--userns", "auto"];
      expect(
        await engine.ok([
          "--runtime",
          name,
          "run",
          "--rm",
          ...others,
          "--secret",
          "s",
          IMAGE,
          "sh",
          "-c",
          `${types}; cat /run/secrets/s`,
        ]),
      ).toBe(`1\n${VALUE}`);
    },
  );
}

test("a variable is the command's and that of exec, and nothing of a secret is in inspect, argv, logs, events or another's environment", async () => {
  await create("s", VALUE);
  const id = await engine.detached(
    ["--secret", "s,type=env,target=TOKEN", "--secret", "s"],
    "sh",
    "-c",
    "echo up; sleep 100",
  );
  expect(await engine.ok(["exec", id, "sh", "-c", 'echo "$TOKEN"'])).toBe(VALUE);
  const inspected = await engine.ok(["inspect", id]);
  expect(inspected).not.toContain(VALUE);
  expect(JSON.parse(inspected)[0].Config.Secrets).toEqual([
    { Name: "s", ID: expect.stringMatching(/^[0-9a-f]{25}$/), UID: 0, GID: 0, Mode: 0o444 },
  ]);
  const init = JSON.parse(inspected)[0].State.Pid as number;
  for (const pid of readdirSync("/proc").filter((entry) => /^\d+$/.test(entry))) {
    for (const file of ["cmdline", "environ"]) {
      // The container's own processes may have it.
      if (cgroupOf(pid).includes(id) && file === "environ") continue;
      expect([pid, file, readProc(pid, file).includes(VALUE)]).toEqual([pid, file, false]);
    }
  }
  // Until the command begins, the process is the runtime's.
  await eventually(
    () => readProc(String(init), "environ"),
    (text) => text.includes(`TOKEN=${VALUE}`),
  );
  for (const words of [
    ["logs", id],
    ["events", "--stream=false", "--since", "1h"],
    ["ps", "-a", "--format", "json"],
  ])
    expect(await engine.ok(words)).not.toContain(VALUE);
  expect(statSync(join(engine.runRoot, "containers", id, "config.json")).mode & 0o777).toBe(0o600);
  expect(readFileSync("/proc/mounts", "utf8")).not.toContain(join(engine.runRoot, "mounts"));
  await engine.ok(["rm", "-f", "-t", "0", id]);
});

test("nothing of a secret is a change of the container, so it is in no diff and no commit", async () => {
  await create("s", VALUE);
  const id = await engine.ok(["run", "-d", "--secret", "s", "--secret", "s,target=/opt/key", IMAGE, "true"]);
  await engine.ok(["wait", id]);
  const plain = await engine.ok(["run", "-d", IMAGE, "true"]);
  await engine.ok(["wait", plain]);
  expect(await engine.ok(["diff", id])).toBe(await engine.ok(["diff", plain]));
  await engine.ok(["commit", "-q", id, "committed:1"]);
  const leftover = "[ ! -e /opt/key ] && [ ! -e /run/secrets/s ] && echo none";
  expect(await engine.ok(["run", "--rm", "committed:1", "sh", "-c", leftover])).toBe("none");
  await engine.ok(["rm", id]);
  await engine.ok(["rmi", "committed:1"]);
});

test("a container keeps the version it was created with, through restarts, when the secret is replaced or removed", async () => {
  await create("s", "old");
  const id = await engine.ok([
    "create",
    "--secret",
    "s",
    "--secret",
    "s,type=env",
    IMAGE,
    "sh",
    "-c",
    'cat /run/secrets/s; echo " $s"',
  ]);
  const replaced = await create("s", "new", "--replace");
  expect(secretFiles().length).toBe(2);
  expect(await engine.ok(["start", "-a", id])).toBe("old old");
  expect(await engine.ok(["run", "--rm", "--secret", "s", IMAGE, "cat", "/run/secrets/s"])).toBe("new");
  expect(await create("s", "other", "--ignore")).toBe(replaced);
  expect(await engine.ok(["secret", "rm", "s"])).toBe(replaced);
  const clone = await engine.ok(["container", "clone", id]);
  expect(await engine.ok(["start", "-a", clone])).toBe("old old");
  await engine.ok(["rm", id]);
  expect(await engine.ok(["start", "-a", clone])).toBe("old old");
  expect(secretFiles().length).toBe(1);
  await engine.ok(["rm", clone]);
  expect(secretFiles()).toEqual([]);
});

test("the last version of a secret goes with a container that removes itself", async () => {
  await create("s", VALUE);
  const id = await engine.detached(["--rm", "--secret", "s"], "sleep", "100");
  await engine.ok(["secret", "rm", "s"]);
  expect(secretFiles().length).toBe(1);
  await engine.ok(["stop", "-t", "0", id]);
  await eventually(secretFiles, (files) => files.length === 0);
});

test("check tells of data that nothing names and removes it, and of data that is gone", async () => {
  await create("s", VALUE);
  writeFileSync(join(engine.root, "secrets", "0123456789abcdef012345678"), VALUE, { mode: 0o600 });
  const found = await engine.run(["system", "check"]);
  expect([found.code, found.stdout]).toEqual([1, expect.stringContaining("was made or removed, but not to the end")]);
  await engine.run(["system", "check", "--repair"]);
  expect(secretFiles().length).toBe(1);
  for (const name of secretFiles()) rmSync(join(engine.root, "secrets", name));
  const gone = await engine.run(["system", "check"]);
  expect([gone.code, gone.stdout]).toEqual([1, expect.stringContaining("the data of the secret s is gone")]);
  const run = await engine.run(["run", "--rm", "--secret", "s", IMAGE, "true"]);
  expect([run.code, run.stderr]).toEqual([125, expect.stringContaining('the data of the secret "s" is gone')]);
  await engine.ok(["rm", "-f", "-a"]);
  await engine.ok(["secret", "rm", "s"]);
});

function readProc(pid: string, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, "latin1");
  } catch {
    // It has ended.
    return "";
  }
}

function cgroupOf(pid: string): string {
  return readProc(pid, "cgroup");
}

test("an image whose /run/secrets is a link to a folder of the host gets nothing written there", async () => {
  await create("s", VALUE);
  const canary = engine.path("canary");
  mkdirSync(canary);
  const script = `rm -rf /run/secrets; mkdir -p /run; ln -s ${canary} /run/secrets`;
  const id = await engine.ok(["run", "-d", IMAGE, "sh", "-c", script]);
  expect(await engine.ok(["wait", id])).toBe("0");
  await engine.ok(["commit", "-q", id, "linked:1"]);
  const { stdout } = await engine.run(["run", "--rm", "--secret", "s", "linked:1", "cat", "/run/secrets/s"]);
  expect(readdirSync(canary)).toEqual([]);
  // Below its own root it may well be there.
  expect(["", VALUE]).toContain(stdout);
  await engine.ok(["rm", id]);
  await engine.ok(["rmi", "linked:1"]);
});
