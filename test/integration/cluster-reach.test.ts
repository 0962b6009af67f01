import { expect, test } from "bun:test";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { answerAt } from "../fixtures/answer-at.ts";
import { killNode, useTwoMachines } from "../fixtures/cluster/two-machines.ts";
import { BINARY, eventually, IMAGE, runCommand, type TestEngine } from "../fixtures/engine.ts";

const machines = useTwoMachines();
const QUICK = ["-q", "--name", "web", "--stop-grace-period", "0s", "--update-monitor", "100ms"];

/** Creates the service `web` of two tasks, one on each machine; gives the name of the one on the worker, and the one on the manager. */
async function tasks(...options: string[]): Promise<{ far: string; near: string; container: string }> {
  const command = ["sh", "-c", "echo begun; exec sleep 1000"];
  await machines.manager.ok(["service", "create", ...QUICK, "--replicas", "2", ...options, IMAGE, ...command]);
  const container = await machines.worker.ok(["ps", "--format", "{{.Names}}"]);
  const far = container.split(".").slice(0, 2).join(".");
  return { far, near: far === "web.1" ? "web.2" : "web.1", container };
}

async function running(engine: TestEngine, container: string, command: string): Promise<boolean> {
  const shown = await engine.run(["top", container, "args"]);
  return shown.stdout.includes(command);
}

test("a command runs in a task of another node, by any of the task's names, as in one of this node, and in nothing else there", async () => {
  const { far, near, container } = await tasks();
  const { manager } = machines;
  for (const name of [far, container, container.split(".")[2] ?? "", near]) {
    const said = await manager.run(["exec", "-i", "-e", "A=b", name, "sh", "-c", 'cat; echo "$A" >&2; exit 7'], {
      stdin: "from here",
    });
    expect([said.code, said.stdout, said.stderr]).toEqual([7, "from here", "b\n"]);
  }
  expect(await manager.ok(["exec", "-t", far, "tty"])).toBe("/dev/pts/0");
  // One that ends by itself, while its client still has something to say.
  const client = Bun.spawn(manager.argv(["exec", "-i", far, "sh", "-c", "head -c 300000 /dev/zero; exit 5"]), {
    stdin: "pipe",
    stdout: "pipe",
    stderr: "pipe",
  });
  await client.stdin.write("more than it reads");
  await client.stdin.flush();
  expect((await new Response(client.stdout).bytes()).length).toBe(300_000);
  expect([await client.exited, await new Response(client.stderr).text()]).toEqual([5, ""]);
  expect((await manager.run(["exec", far, "/nothing"])).code).toBe(127);
  // What names no task is refused as on any machine, and so is what no manager knows.
  const unknown = `Error: no container with name or ID "web.9" found: no such container`;
  for (const { code, stderr } of [
    await manager.run(["exec", "web.9", "true"]),
    await machines.worker.run(["top", near]),
  ])
    expect([code, stderr.replace(near, "web.9").split("\n")[0]]).toEqual([125, unknown]);
  const kept = await manager.run(["exec", "--preserve-fds", "1", far, "true"]);
  expect([kept.code, kept.stderr]).toEqual([
    125,
    expect.stringContaining("--preserve-fds does not go to another node"),
  ]);
  // Its node answers for tasks only, and for nothing else that runs there.
  const { worker } = machines;
  const other = await worker.detached(["--name", "other"], "sleep", "1000");
  const socket = `unix://${join(worker.runRoot, "cluster/tasks.sock")}`;
  const asManager = async (words: readonly string[]) =>
    await runCommand([BINARY, "-H", socket, ...words], { env: { DOCKER_API_VERSION: "1.50" } });
  for (const words of [
    ["exec", "other", "true"],
    ["logs", "other"],
    ["cp", `${other}:/etc/passwd`, "-"],
  ]) {
    const { code, stderr } = await asManager(words);
    expect([code, stderr]).toEqual([125, expect.stringContaining("belongs to no task of the cluster")]);
  }
  for (const words of [["ps"], ["stop", "other"], ["rm", container], ["run", IMAGE, "true"]])
    expect((await asManager(words)).stderr).toContain("page not found");
  await worker.ok(["rm", "-f", "-t", "0", "other"]);
});

test("files are copied, processes, use and output of a task elsewhere are shown, it is attached to, and a port leads into it", async () => {
  const { far, near } = await tasks();
  const { manager } = machines;
  writeFileSync(manager.path("file"), Buffer.alloc(3 << 20, "x"));
  await manager.ok(["cp", manager.path("file"), `${far}:/tmp/there`]);
  await manager.ok(["cp", `${far}:/tmp/there`, manager.path("back")]);
  expect(readFileSync(manager.path("back")).equals(readFileSync(manager.path("file")))).toBe(true);
  expect(await manager.ok(["logs", far])).toBe("begun");
  expect(await manager.ok(["top", far, "args"])).toBe("COMMAND\nsleep 1000");
  const format = "{{.Name}} {{.PIDS}}";
  expect((await manager.ok(["stats", "--no-stream", "--format", format, far, near])).split("\n")).toEqual([
    expect.stringMatching(new RegExp(`^${far}\\.\\w+ 1$`)),
    expect.stringMatching(new RegExp(`^${near}\\.\\w+ 1$`)),
  ]);
  const template = '{{index .Config.Labels "com.docker.swarm.service.name"}} {{.State.Status}}';
  expect(await manager.ok(["inspect", "--format", template, far])).toBe("web running");
  expect(await manager.ok(["container", "inspect", "--format", template, near])).toBe("web running");
  const client = Bun.spawn(manager.argv(["attach", "--no-stdin", far]), { stdout: "pipe", stderr: "inherit" });
  const heard = client.stdout.getReader().read();
  // Until it is attached, nobody hears it.
  await eventually(
    async () => {
      await manager.ok(["exec", far, "sh", "-c", "echo said >/proc/1/fd/1"]);
      return await Promise.race([heard, Bun.sleep(200)]);
    },
    (first) => first !== undefined,
    20_000,
  );
  expect(Buffer.from((await heard).value ?? []).toString()).toStartWith("said\n");
  client.kill("SIGKILL");
  await client.exited;
  expect(await manager.ok(["top", far, "args"])).toBe("COMMAND\nsleep 1000");
  await manager.ok(["exec", "-d", far, "nc", "-ll", "-p", "80", "-e", "cat"]);
  const words = manager.argv(["port-forward", far, ":80"]);
  const forward = Bun.spawn(words, { stdout: "pipe", stderr: "ignore" });
  try {
    const { value } = await forward.stdout.getReader().read();
    const port = Number(/127\.0\.0\.1:(\d+) -> 80/.exec(Buffer.from(value ?? []).toString())?.[1]);
    const sent = "x".repeat(1 << 20);
    await eventually(
      async () => await answerAt(port, "hello"),
      (said) => said === "hello",
      10_000,
    );
    expect((await answerAt(port, sent)) === sent).toBe(true);
  } finally {
    forward.kill();
    await forward.exited;
  }
});

test("what happens on all nodes is one stream by time, with services and nodes, as it comes and afterwards", async () => {
  const { manager } = machines;
  const since = String(Date.now() / 1000);
  const row = "{{.TimeNano}} {{.Type}} {{.Status}} {{.Name}} {{.Attributes.node}}";
  const words = manager.argv(["events", "--cluster", "--since", since, "--format", row]);
  const following = Bun.spawn(words, { stdout: "pipe", stderr: "inherit" });
  const seen = { text: "" };
  const reader = following.stdout.getReader();
  const until = async (text: string): Promise<void> => {
    while (!seen.text.includes(text)) {
      const { value, done } = await reader.read();
      if (done) throw new Error(`it ends without ${text}: ${seen.text}`);
      seen.text += Buffer.from(value).toString();
    }
  };
  const { far, near } = await tasks();
  await manager.ok(["exec", "-d", far, "true"]);
  await until(` container exec ${far}.`);
  await manager.ok(["service", "scale", "-d", "web=3"]);
  await until(" service update web ");
  await manager.ok(["service", "rm", "web"]);
  await until(" service remove web ");
  following.kill();
  await following.exited;
  for (const name of [far, near]) expect(seen.text).toMatch(new RegExp(` container start ${name}\\.\\w+ \\S+$`, "m"));
  expect(seen.text).toContain(" service create web ");
  const read = ["events", "--cluster", "--since", since, "--stream=false", "--format", row];
  const starts = await manager.ok([...read, "--filter", "event=start"]);
  const timesOf = (text: string): number[] => [...text.matchAll(/^\d+(?= container)/gm)].map(([time]) => Number(time));
  expect(timesOf(starts).length).toBeGreaterThan(1);
  expect(timesOf(starts)).toEqual(timesOf(starts).toSorted((a, b) => a - b));
  expect(starts.split("\n").every((text) => text.includes(" container start web."))).toBe(true);
  const worker = await machines.worker.run(["events", "--cluster"]);
  expect([worker.code, worker.stderr]).toEqual([125, expect.stringContaining("this node is not a swarm manager")]);
});

test("a command ends with its client, and a client with the node's process", async () => {
  const { far, container } = await tasks();
  const { manager, worker } = machines;
  const stdio = { stdin: "pipe", stdout: "ignore", stderr: "pipe" } as const;
  const begin = async () => {
    const client = Bun.spawn(manager.argv(["exec", "-i", far, "sleep", "777"]), stdio);
    await eventually(async () => await running(worker, container, "sleep 777"), Boolean, 10_000);
    return client;
  };
  const first = await begin();
  first.kill("SIGKILL");
  await eventually(async () => !(await running(worker, container, "sleep 777")), Boolean, 10_000);
  const second = await begin();
  await killNode(worker);
  expect(await second.exited).toBe(125);
  expect(await new Response(second.stderr).text()).toContain("the connection to the task's node broke off");
});
