import { afterAll, expect, test } from "bun:test";
import { mkdirSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { IMAGE, useEngine } from "../fixtures/engine.ts";
import { runTool } from "../fixtures/image.ts";

const engine = useEngine();
const agents: Bun.Subprocess[] = [];
afterAll(async () => {
  for (const agent of agents) {
    agent.kill();
    await agent.exited;
  }
});

function context(name: string, ...lines: string[]): string {
  const folder = engine.path(name);
  mkdirSync(folder);
  writeFileSync(join(folder, "Containerfile"), `${lines.join("\n")}\n`);
  return folder;
}

/** An agent with one key; gives its socket and how the key is listed. */
async function startAgent(): Promise<{ socket: string; listed: string }> {
  const [socket, key] = [engine.path("agent"), engine.path("key")];
  const agent = Bun.spawn(["ssh-agent", "-D", "-a", socket], { stdio: ["ignore", "ignore", "ignore"] });
  agents.push(agent);
  await runTool(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "of-the-test", "-f", key]);
  const env = { SSH_AUTH_SOCK: socket };
  await runTool(["sh", "-c", `until [ -S ${socket} ]; do sleep 0.05; done; ssh-add -q ${key}`], { env });
  return { socket, listed: (await runTool(["ssh-add", "-l"], { env })).trim() };
}

// The host's own ssh-add, with the loader and the libraries it needs.
const ASK_AGENT =
  "set -- /host/usr/lib/*-linux-gnu/ld-linux-*.so.*; $1 --library-path ${1%/*} /host/usr/bin/ssh-add -l";

test("a step that mounts ssh reaches the caller's agent, by default or by id, and no other step does", async () => {
  const { socket, listed } = await startAgent();
  const folder = context(
    "ssh",
    `FROM ${IMAGE}`,
    `RUN --mount=type=ssh ${ASK_AGENT}`,
    `RUN --mount=type=ssh,id=own,target=/tmp/own.sock echo at $SSH_AUTH_SOCK; ${ASK_AGENT}`,
    'RUN test -z "$SSH_AUTH_SOCK"; ls /run/buildkit /tmp/own.sock 2>&1 | grep -c "No such file"',
    "RUN --mount=type=ssh,id=none echo without",
  );
  const options = ["--progress", "plain", "-v", "/usr:/host/usr:ro", "--ssh", "default", "--ssh", `own=${socket}`];
  const { code, stderr } = await engine.run(["build", ...options, folder], { env: { SSH_AUTH_SOCK: socket } });
  expect({ code, stderr }).toEqual({ code: 0, stderr: expect.stringContaining(listed) });
  expect(stderr.split(listed)).toHaveLength(3);
  for (const text of ["at /tmp/own.sock", "2\n", "without"]) expect(stderr).toContain(text);
  const required = context("ssh-required", `FROM ${IMAGE}`, "RUN --mount=type=ssh,id=r,required true");
  const refused = await engine.run(["build", required]);
  expect([refused.code, refused.stderr]).toEqual([125, expect.stringContaining('"r"')]);
});

test("the network of a step is its own, none, or with --allow the host's", async () => {
  const links = "ls /sys/class/net | sort | tr '\\n' ' '";
  const folder = context("networks", `FROM ${IMAGE}`, `RUN ${links} > /usual`, `RUN --network=none ${links} > /none`);
  const id = await engine.ok(["build", "-q", folder]);
  expect(await engine.ok(["run", "--rm", id, "sh", "-c", "cat /usual; echo; cat /none"])).toBe("eth0 lo \nlo");
  const none = await engine.ok(["build", "-q", "--network", "none", folder]);
  expect(await engine.ok(["run", "--rm", none, "cat", "/usual"])).toBe("lo");
  const host = context("network-host", `FROM ${IMAGE}`, `RUN --network=host readlink /proc/self/ns/net > /own`);
  const refused = await engine.run(["build", host]);
  expect([refused.code, refused.stderr]).toEqual([125, expect.stringContaining("--allow network.host")]);
  const allowed = await engine.ok(["build", "-q", "--allow", "network.host", host]);
  expect(await engine.ok(["run", "--rm", allowed, "cat", "/own"])).toBe(
    (await runTool(["readlink", "/proc/self/ns/net"])).trim(),
  );
});

test("--security=insecure needs --allow, and gives every right for that step alone", async () => {
  const rights = "grep CapEff /proc/self/status";
  const folder = context(
    "insecure",
    `FROM ${IMAGE}`,
    `RUN --security=insecure ${rights} > /all`,
    `RUN --security=sandbox ${rights} > /usual`,
  );
  const refused = await engine.run(["build", folder]);
  expect([refused.code, refused.stderr]).toEqual([125, expect.stringContaining("--allow security.insecure")]);
  const id = await engine.ok(["build", "-q", "--allow", "security.insecure", folder]);
  const found = await engine.ok(["run", "--rm", id, "cat", "/all", "/usual"]);
  const privileged = await engine.ok(["run", "--rm", "--privileged", IMAGE, "sh", "-c", rights]);
  const usual = await engine.ok(["run", "--rm", IMAGE, "sh", "-c", rights]);
  expect(found).toBe(`${privileged}\n${usual}`);
  expect(privileged).not.toBe(usual);
});

test("--add-host, --dns, --shm-size and --ulimit are those of a step", async () => {
  const folder = context(
    "settings",
    `FROM ${IMAGE}`,
    "RUN grep other /etc/hosts | tr '\\t' ' ' > /o; grep 10.9.8.7 /etc/resolv.conf >> /o; ulimit -n >> /o; grep -c ' /dev/shm .*size=2048k' /proc/mounts >> /o",
  );
  const options = ["--add-host", "other:10.1.2.3", "--dns", "10.9.8.7", "--shm-size", "2m", "--ulimit", "nofile=77:77"];
  const id = await engine.ok(["image", "build", "-q", ...options, folder]);
  expect((await engine.ok(["run", "--rm", id, "cat", "/o"])).split("\n")).toEqual([
    "10.1.2.3 other",
    "nameserver 10.9.8.7",
    "77",
    "1",
  ]);
});

test("--no-cache-filter runs the steps of a stage anew, by its name or number, and leaves the others", async () => {
  const folder = context(
    "filter",
    `FROM ${IMAGE} AS one`,
    "RUN echo one > /one",
    `FROM ${IMAGE} AS two`,
    "RUN echo two > /two",
    `FROM ${IMAGE}`,
    "COPY --from=one /one /",
    "COPY --from=two /two /",
  );
  const ran = async (...options: string[]): Promise<number> =>
    4 - ((await engine.run(["build", ...options, folder])).stderr.split("Using cache").length - 1);
  expect([
    await ran(),
    await ran(),
    await ran("--no-cache-filter", "one"),
    await ran("--no-cache-filter", "0,two"),
  ]).toEqual([4, 0, 1, 2]);
});

test("--ignorefile takes the place of the usual one, and SOURCE_DATE_EPOCH as an argument that of --timestamp", async () => {
  const folder = context("ignored", "FROM scratch", "COPY . /d/");
  for (const name of ["a", "b", ".dockerignore"]) writeFileSync(join(folder, name), "a\n");
  const rules = engine.path("rules");
  writeFileSync(rules, "b\n.dockerignore\nContainerfile\n");
  const out = engine.path("out");
  const options = ["--ignorefile", rules, "--build-arg", "SOURCE_DATE_EPOCH=1000000000"];
  const { code, stdout, stderr } = await engine.run(["build", ...options, "-o", out, folder]);
  expect([code, stderr]).toEqual([0, expect.not.stringContaining("not consumed")]);
  expect((await runTool(["find", out, "-type", "f"])).trim()).toBe(join(out, "d/a"));
  const made = await engine.ok(["image", "inspect", "--format", "{{.Created.Unix}}", stdout.trim()]);
  expect(made).toBe("1000000000");
  const again = await engine.ok([
    "build",
    "-q",
    "--no-cache",
    "--timestamp",
    "1000000000",
    "--ignorefile",
    rules,
    folder,
  ]);
  expect(again).toBe(stdout.trim());
});

test("COPY --link copies as COPY does, and --progress rawjson is json by another name", async () => {
  const folder = context("link", `FROM ${IMAGE}`, "COPY --link f /new/f", "COPY --link --chown=7:8 f /tmp/f");
  writeFileSync(join(folder, "f"), "f\n");
  const { code, stdout, stderr } = await engine.run(["buildx", "build", "--progress", "rawjson", folder]);
  expect(code).toBe(0);
  for (const line of stderr.trim().split("\n")) expect(typeof JSON.parse(line)).toBe("object");
  const look = ["stat", "-c", "%a %u:%g", "/new", "/new/f", "/tmp", "/tmp/f"];
  expect(await engine.ok(["run", "--rm", stdout.trim(), ...look])).toBe("755 0:0\n644 0:0\n1777 0:0\n644 7:8");
});

test("a linked COPY is taken over, with its digest, when only what is below it has changed; a plain one is made anew", async () => {
  const base = async (name: string, script: string): Promise<string> =>
    await engine.ok(["build", "-q", context(`link-on-${name}`, `FROM ${IMAGE}`, `RUN ${script}`)]);
  const [one, two] = [await base("one", "echo one > /word"), await base("two", "echo two > /word")];
  const other = await base("other", "mkdir -m 700 /new");
  const folder = context("relinked", "ARG BASE", "FROM $BASE", "COPY --link f /new/f", "COPY f /plain");
  writeFileSync(join(folder, "f"), "linked\n");
  const build = async (from: string) => {
    const { code, stdout, stderr } = await engine.run(["build", "--build-arg", `BASE=${from}`, folder]);
    expect(code).toBe(0);
    const id = stdout.trim();
    const layers = await engine.ok(["image", "inspect", "--format", "{{json .RootFS.Layers}}", id]);
    const [linked, plain] = (JSON.parse(layers) as string[]).slice(-2);
    return { id, linked, plain, hits: stderr.split("Using cache").length - 1 };
  };
  const first = await build(one);
  // What is made anew has another time, and so another digest.
  utimesSync(join(folder, "f"), 1_000_000_000, 1_000_000_000);
  const second = await build(two);
  expect([first.hits, second.hits, second.linked]).toEqual([0, 1, first.linked]);
  expect(second.plain).not.toBe(first.plain);
  expect(await engine.ok(["run", "--rm", second.id, "cat", "/word", "/new/f", "/plain"])).toBe("two\nlinked\nlinked");
  expect((await build(two)).hits).toBe(2);
  expect((await build(one)).hits).toBe(2);
  // The folder above is part of the layer.
  const third = await build(other);
  expect([third.hits, third.linked === first.linked]).toEqual([0, false]);
  expect(await engine.ok(["run", "--rm", third.id, "stat", "-c", "%a", "/new"])).toBe("700");
  await engine.ok(["rmi", "--force", first.id, second.id, third.id]);
  await engine.ok(["builder", "prune", "--all", "--force"]);
  await engine.expectClean();
});
