import { expect, test } from "bun:test";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import {
  BINARY,
  type CommandOptions,
  type CommandResult,
  eventually,
  IMAGE,
  runCommand,
  useEngine,
} from "../fixtures/engine.ts";
import { useService } from "../fixtures/service.ts";
import { openTerminal } from "../fixtures/terminal.ts";

const engine = useEngine();
const service = useService(engine);

const argv = (args: readonly string[]): string[] => [BINARY, "-H", `unix://${service.socket}`, ...args];

async function far(args: readonly string[], options: CommandOptions = {}): Promise<CommandResult> {
  return await runCommand(argv(args), options);
}

async function ok(args: readonly string[], options: CommandOptions = {}): Promise<string> {
  const { code, stdout, stderr } = await far(args, options);
  if (code !== 0) throw new Error(`${args.join(" ")} ended with ${code}: ${stderr}${stdout}`);
  return stdout.trim();
}

test("run has the container's output, its streams apart, its input and its exit code", async () => {
  expect(await far(["run", "--rm", IMAGE, "sh", "-c", "echo out; echo err >&2; exit 7"])).toMatchObject({
    code: 7,
    stdout: "out\n",
    stderr: "err\n",
  });
  const input = Uint8Array.from({ length: 100_000 }, (_, index) => index % 256);
  const echoed = await far(["run", "--rm", "-i", IMAGE, "cat"], { stdin: input });
  expect(Buffer.compare(echoed.bytes, input)).toBe(0);
  expect((await far(["run", "--rm", IMAGE, "no-such-program"])).code).toBe(127);
  expect((await far(["run", "--rm", "--pull", "never", "no-such:1"])).stderr).toContain("No such image: no-such:1");
  expect(await ok(["ps", "-aq"])).toBe("");
});

test("what options ask for is there, by the names that the local command has for it", async () => {
  const id = await ok([
    "run",
    "-d",
    "--name",
    "web",
    "--hostname",
    "h",
    "-e",
    "A=b c",
    "--label",
    "k=v",
    "-p",
    "8080",
    "-w",
    "/tmp",
    "--memory",
    "64m",
    "--tmpfs",
    "/t",
    "-v",
    "data:/data",
    "--init",
    IMAGE,
    "sh",
    "-c",
    "echo up; sleep 100",
  ]);
  expect(await engine.ok(["inspect", "-f", "{{.Id}} {{.Config.Hostname}} {{.HostConfig.Memory}}", "web"])).toBe(
    `${id} h ${64 * 1024 * 1024}`,
  );
  expect(await ok(["exec", "web", "sh", "-c", 'echo "$A" $(pwd)'])).toBe("b c /tmp");
  expect(await ok(["ps", "--format", "{{.Names}} {{.State}}", "--filter", "label=k=v"])).toBe("web running");
  const [here, there] = [await engine.ok(["ps"]), await ok(["ps"])].map((text) => text.split("\n")[0]?.split(/\s+/));
  expect(there).toEqual(here);
  expect(await ok(["port", "web"])).toMatch(/^8080\/tcp -> 0\.0\.0\.0:\d+$/);
  await eventually(
    () => ok(["logs", "web"]),
    (text) => text === "up",
  );
  expect(await ok(["top", "web"])).toContain("sleep 100");
  expect(await ok(["stats", "--no-stream", "--format", "{{.Name}} {{.PIDS}}", "web"])).toMatch(/^web [1-9]/);
  expect(await ok(["inspect", "--format", "{{.State.Status}}", "web"])).toBe("running");
  expect(await ok(["volume", "ls", "-q"])).toBe("data");
});

test("containers are stopped, started, paused, renamed, changed, waited for and removed", async () => {
  await ok(["create", "--name", "one", IMAGE, "sleep", "100"]);
  expect(await ok(["start", "one"])).toBe("one");
  expect(await ok(["pause", "one"])).toBe("one");
  expect(await ok(["ps", "--format", "{{.State}}"])).toBe("paused");
  expect(await ok(["unpause", "--all"])).not.toBe("");
  expect(await ok(["restart", "-t", "0", "one"])).toBe("one");
  await ok(["rename", "one", "two"]);
  await ok(["update", "--memory", "32m", "--restart", "on-failure:2", "two"]);
  expect(await engine.ok(["inspect", "-f", "{{.HostConfig.Memory}} {{.HostConfig.RestartPolicy.Name}}", "two"])).toBe(
    `${32 * 1024 * 1024} on-failure`,
  );
  expect((await far(["rm", "two"])).code).toBe(2);
  expect(await ok(["kill", "two"])).toBe("two");
  expect(await ok(["wait", "two"])).toBe("137");
  expect(await ok(["container", "exists", "two"])).toBe("");
  expect(await ok(["rm", "two"])).toBe("two");
  expect((await far(["container", "exists", "two"])).code).toBe(1);
  expect((await far(["rm", "two"])).code).toBe(1);
  expect((await far(["stop", "--ignore", "two"])).code).toBe(0);
});

test("start --attach and exec have exit codes and input", async () => {
  await ok(["create", "-i", "--name", "echo", IMAGE, "sh", "-c", "cat; exit 3"]);
  expect(await far(["start", "-ai", "echo"], { stdin: "hello\n" })).toMatchObject({ code: 3, stdout: "hello\n" });
  await ok(["run", "-d", "--name", "box", IMAGE, "sleep", "100"]);
  expect(await far(["exec", "-i", "box", "tr", "a-z", "A-Z"], { stdin: "in\n" })).toMatchObject({ stdout: "IN\n" });
  expect(await far(["exec", "box", "sh", "-c", "echo no >&2; exit 4"])).toMatchObject({ code: 4, stderr: "no\n" });
  expect((await far(["exec", "box", "no-such-program"])).code).toBe(127);
});

test("a terminal is as wide as the caller's, follows it, and is left by the detach keys", async () => {
  const run = openTerminal({ argv }, ["run", "-it", "--name", "tty", IMAGE, "sh"]);
  await run.shows("# ");
  run.type("stty size; echo s$((1+1))\n");
  expect(await run.shows("s2")).toContain("17 91");
  run.resize(100, 20);
  await eventually(
    () => {
      run.type("stty size\n");
      return run.text();
    },
    (text) => text.includes("20 100"),
  );
  run.type("\u0010\u0011");
  expect(await run.child.exited).toBe(0);
  expect(await ok(["ps", "--format", "{{.Names}}"])).toBe("tty");
  const attach = openTerminal({ argv }, ["attach", "tty"]);
  attach.type("\necho again$((1+1))\n");
  await attach.shows("again2");
  attach.type("exit 5\n");
  expect(await attach.child.exited).toBe(5);
  const exec = openTerminal({ argv }, ["run", "--rm", "-it", IMAGE, "sh", "-c", "tty; exit 6"]);
  expect(await exec.child.exited).toBe(6);
  expect(exec.text()).toContain("/dev/");
});

test("signals go to the container, and logs are followed until it ends", async () => {
  const script = "trap 'echo caught; exit 9' TERM; echo ready; while :; do sleep 0.05; done";
  const child = Bun.spawn(argv(["run", "--name", "trap", IMAGE, "sh", "-c", script]), { stdout: "pipe" });
  const follow = async (): Promise<string> => await ok(["logs", "-f", "trap"]);
  await eventually(
    async () => (await far(["logs", "trap"])).stdout,
    (text) => text.includes("ready"),
  );
  const followed = follow();
  child.kill("SIGTERM");
  expect(await child.exited).toBe(9);
  expect(await new Response(child.stdout).text()).toBe("ready\ncaught\n");
  expect(await followed).toBe("ready\ncaught");
});

test("files and folders are copied in and out, and archives through stdin and stdout", async () => {
  await ok(["create", "--name", "files", IMAGE, "true"]);
  const folder = engine.path("in");
  mkdirSync(`${folder}/deep/er`, { recursive: true });
  writeFileSync(`${folder}/deep/er/file`, "content");
  await ok(["cp", folder, "files:/tmp"]);
  await ok(["cp", `${folder}/deep/er/file`, "files:/tmp/renamed"]);
  await ok(["cp", "files:/tmp", engine.path("out")]);
  expect(readFileSync(engine.path("out/in/deep/er/file"), "utf8")).toBe("content");
  expect(readFileSync(engine.path("out/renamed"), "utf8")).toBe("content");
  const archive = await far(["cp", "files:/tmp/renamed", "-"]);
  expect(await far(["cp", "-", "files:/etc"], { stdin: archive.bytes })).toMatchObject({ code: 0 });
  expect((await far(["cp", "files:/etc/renamed", "-"])).bytes).toEqual(archive.bytes);
  expect(await ok(["diff", "files"])).toContain("A /tmp/renamed");
  expect((await far(["cp", "files:/none", engine.path("none")])).stderr).toContain("/none");
  expect(existsSync(engine.path("none"))).toBe(false);
});

test("a folder is built without what it ignores, a step that fails has its exit code, and images are moved about", async () => {
  const folder = engine.path("context");
  mkdirSync(`${folder}/sub`, { recursive: true });
  writeFileSync(`${folder}/.dockerignore`, "*.secret\nsub\n!sub/kept\n");
  for (const name of ["a.txt", "b.secret", "sub/kept", "sub/gone"]) writeFileSync(`${folder}/${name}`, name);
  const file = engine.path("Recipe");
  writeFileSync(file, `FROM ${IMAGE}\nARG WHO\nCOPY . /all\nRUN echo "for $WHO" > /who\n`);
  const id = await ok(["build", "-f", file, "-t", "built:1", "--build-arg", "WHO=me", "--label", "x=y", folder]);
  expect(await engine.ok(["image", "inspect", "-f", "{{.Id}} {{.Labels.x}}", id])).toBe(`${id} y`);
  const listing = "cd /all && find . -type f | sort && cat /who";
  expect(await ok(["run", "--rm", "built:1", "sh", "-c", listing])).toBe(
    "./.dockerignore\n./a.txt\n./sub/kept\nfor me",
  );
  writeFileSync(file, `FROM ${IMAGE}\nRUN exit 11\n`);
  expect((await far(["build", "-f", file, folder])).code).toBe(11);
  await ok(["tag", "built:1", "moved:1"]);
  expect(await ok(["images", "--format", "{{.Repository}}:{{.Tag}}", "moved"])).toContain("moved:1");
  await ok(["save", "-o", engine.path("saved.tar"), "moved:1"]);
  expect(await ok(["rmi", "moved:1"])).toContain("Untagged");
  expect(await ok(["load", "-i", engine.path("saved.tar")])).toContain("moved:1");
  expect(await ok(["history", "--format", "{{.CreatedBy}}", "moved:1"])).toContain("WHO");
  await ok(["create", "--name", "base", IMAGE, "true"]);
  const committed = await ok(["commit", "-m", "made here", "base", "made:1"]);
  expect(await ok(["image", "inspect", "-f", "{{.Id}}", "made:1"])).toBe(`sha256:${committed}`);
  await ok(["rm", "base"]);
  for (const name of ["moved:1", "built:1", "made:1"]) await ok(["rmi", name]);
  await ok(["image", "prune", "-f"]);
});

test("networks and volumes are made, listed, joined and removed, and what is unused is pruned", async () => {
  expect(await ok(["network", "create", "--label", "a=b", "net"])).toBe("net");
  expect(await ok(["network", "ls", "--format", "{{.Name}}", "--filter", "label=a=b"])).toBe("net");
  await ok(["run", "-d", "--name", "member", IMAGE, "sleep", "100"]);
  await ok(["network", "connect", "--alias", "shop", "net", "member"]);
  expect(await ok(["run", "--rm", "--network", "net", IMAGE, "nslookup", "shop"])).toContain("Address");
  await ok(["network", "disconnect", "net", "member"]);
  expect(await ok(["volume", "create", "--label", "a=b", "vol"])).toBe("vol");
  expect((await far(["volume", "create", "vol"])).stderr).toContain("already exists");
  expect(await ok(["volume", "inspect", "-f", "{{.Name}}", "vol"])).toBe("vol");
  expect(await ok(["network", "prune", "-f"])).toBe("net");
  expect(await ok(["volume", "rm", "vol"])).toBe("vol");
  expect((await far(["volume", "rm", "vol"])).code).toBe(1);
  await ok(["stop", "-t", "0", "member"]);
  expect(await ok(["system", "prune", "-f"])).toContain("Deleted Containers");
  expect(await ok(["system", "df", "--format", "{{.Type}}"])).toBe("Images\nContainers\nLocal Volumes");
});

test("events come as they happen, in the words of the local command", async () => {
  const since = String(Date.now() / 1000 - 1);
  await ok(["run", "--rm", "--name", "brief", IMAGE, "sh", "-c", "exit 2"]).catch(() => undefined);
  const asked = ["events", "--since", since, "--stream=false", "--filter", "container=brief"];
  const told = await ok([...asked, "--format", "{{.Status}} {{.Name}} {{.ContainerExitCode}}"]);
  expect(told.split("\n")).toContain("died brief 2");
  expect(await ok([...asked, "--filter", "event=remove", "--format", "{{.Status}}"])).toBe("remove");
});

test("a command or an option that goes nowhere else is refused by name", async () => {
  for (const [words, text] of [
    [["pod", "ps"], "`estiba pod ps` works on this machine only"],
    [["compose", "ls"], "`estiba compose` works on this machine only"],
    [["secret", "ls"], "`estiba secret ls` works on this machine only"],
    [["ps", "--pod"], "estiba ps: --pod does not go to an engine elsewhere"],
    [["rm", "--depend", "x"], "estiba rm: --depend does not go to an engine elsewhere"],
    [["run", "--tz", "UTC", IMAGE], "--tz does not reach an engine elsewhere"],
    [["run", "--pod", "p", IMAGE], "--pod does not reach an engine elsewhere"],
    [["run", "--preserve-fds", "1", IMAGE], "estiba run: --preserve-fds does not go to an engine elsewhere"],
  ] as const) {
    const { code, stderr } = await far(words);
    expect([code, stderr]).toEqual([125, expect.stringContaining(text)]);
  }
});
