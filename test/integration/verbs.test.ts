import { describe, expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { eventually, IMAGE, testRuntimes, useEngine } from "../fixtures/engine.ts";
import { freePort, freePorts } from "../fixtures/free-port.ts";

const engine = useEngine();

const stateOf = async (name: string) => await engine.ok(["inspect", "--format", "{{.State.Status}}", name]);
const startedAt = async (name: string) => await engine.ok(["inspect", "--format", "{{.State.StartedAt}}", name]);

/** A shell that ends on SIGTERM, and is ready for it. */
const POLITE = ["sh", "-c", "trap 'exit 0' TERM; echo ready; while :; do sleep 0.05; done"];

const polite = async (name: string, ...options: string[]): Promise<string> => {
  const id = await engine.detached(["--name", name, ...options], ...POLITE);
  await eventually(
    () => engine.ok(["logs", name]),
    (text) => text.includes("ready"),
  );
  return id;
};

for (const { name: runtime, why } of testRuntimes()) {
  const title = why === undefined ? `with ${runtime}` : `with ${runtime}, skipped: ${why}`;
  describe.skipIf(why !== undefined)(title, () => {
    test("pause holds the processes, unpause lets them go on", async () => {
      await engine.ok(["--runtime", runtime, "run", "-d", "--name", "box", IMAGE, "sleep", "1000"]);
      expect(await engine.ok(["pause", "box"])).toBe("box");
      expect(await stateOf("box")).toBe("paused");
      expect(await engine.ok(["ps", "-a", "--format", "{{.Status}} {{.State}}"])).toBe("Paused paused");
      expect((await engine.run(["exec", "box", "true"])).code).not.toBe(0);
      const again = await engine.run(["pause", "box"]);
      expect({ code: again.code, said: again.stderr.includes("is already paused") }).toEqual({ code: 125, said: true });
      expect(await engine.ok(["container", "unpause", "box"])).toBe("box");
      expect(await engine.ok(["exec", "box", "echo", "on"])).toBe("on");
      expect((await engine.run(["unpause", "box"])).stderr).toContain("is not paused, can't unpause");
    });

    test("a paused container can be stopped and removed by force, and a restart is refused", async () => {
      for (const name of ["one", "two"])
        await engine.ok(["--runtime", runtime, "run", "-d", "--name", name, IMAGE, ...POLITE]);
      await engine.ok(["pause", "--all"]);
      const restart = await engine.run(["restart", "one"]);
      expect(restart.code).toBe(125);
      expect(restart.stderr).toContain("estiba unpause one");
      const removal = await engine.run(["rm", "two"]);
      expect(removal.code).toBe(2);
      expect(removal.stderr).toContain("it is paused".slice(3));
      expect(await engine.ok(["stop", "one"])).toBe("one");
      expect(await engine.ok(["rm", "-f", "two"])).toBe("two");
    });
  });
}

test("restart stops what runs and starts it again; what does not run is started", async () => {
  await polite("up");
  await engine.ok(["create", "--name", "down", IMAGE, "sleep", "1000"]);
  const before = await startedAt("up");
  expect(await engine.ok(["restart", "up", "down"])).toBe("up\ndown");
  expect(await startedAt("up")).not.toBe(before);
  expect([await stateOf("up"), await stateOf("down")]).toEqual(["running", "running"]);
});

test("restart keeps a container that removes itself", async () => {
  await polite("fleeting", "--rm");
  expect(await engine.ok(["restart", "fleeting"])).toBe("fleeting");
  expect(await stateOf("fleeting")).toBe("running");
  await engine.ok(["stop", "-t", "0", "fleeting"]);
  expect(await engine.ok(["ps", "-aq"])).toBe("");
});

test("restart chooses by --running, --all, --filter, --cidfile and --latest", async () => {
  const up = await polite("up", "--label", "tier=front");
  await engine.ok(["create", "--name", "down", "--cidfile", engine.path("down.id"), IMAGE, "sleep", "1000"]);
  expect(await engine.ok(["restart", "--running"])).toBe(up);
  expect(await stateOf("down")).toBe("created");
  expect(await engine.ok(["restart", "--filter", "label=tier=front"])).toBe(up);
  const down = await engine.ok(["restart", "--cidfile", engine.path("down.id")]);
  expect(await stateOf(down)).toBe("running");
  expect(await engine.ok(["restart", "--timeout", "0", "--latest"])).toBe(down);
  expect((await engine.ok(["restart", "-t", "0", "--all"])).split("\n").toSorted()).toEqual([up, down].toSorted());
  for (const args of [["--running", "up"], ["--running", "--all"], []])
    expect((await engine.run(["restart", ...args])).code).toBe(125);
});

test("filters choose among the containers named", async () => {
  await polite("one", "--label", "a");
  await polite("two", "--label", "b");
  expect(await engine.ok(["stop", "--filter", "label=b", "one", "two"])).toBe("two");
  expect(await engine.ok(["pause", "--filter", "status=running"])).toHaveLength(64);
  expect([await stateOf("one"), await stateOf("two")]).toEqual(["paused", "exited"]);
  expect((await engine.run(["stop", "--filter", "label=b", "nonesuch"])).code).toBe(125);
  expect((await engine.run(["stop", "--filter", "nonesuch=b"])).stderr).toContain("invalid filter");
});

test("an id file that is not there is an error, but not with --ignore", async () => {
  writeFileSync(engine.path("gone.id"), "0123456789ab\n");
  const missing = ["--cidfile", engine.path("nonesuch.id")];
  for (const verb of ["stop", "rm"]) {
    expect((await engine.run([verb, ...missing])).stderr).toContain("reading the container id file");
    expect(await engine.ok([verb, "--ignore", ...missing, "--cidfile", engine.path("gone.id")])).toBe("");
  }
});

test("rename gives another name, in every state, and the old one is free", async () => {
  const id = await polite("old");
  await engine.ok(["rename", "old", "new"]);
  expect(await engine.ok(["ps", "--format", "{{.Names}} {{.ID}}", "--no-trunc"])).toBe(`new ${id}`);
  await engine.ok(["create", "--name", "old", IMAGE, "true"]);
  const taken = await engine.run(["rename", "old", "new"]);
  expect({ code: taken.code, said: taken.stderr.includes("already in use") }).toEqual({ code: 125, said: true });
  expect((await engine.run(["rename", "old", "no name"])).stderr).toContain("names must match");
  expect((await engine.run(["rename", "nonesuch", "other"])).stderr).toContain("no such container");
  await engine.ok(["container", "rename", id.slice(0, 12), "again"]);
  await engine.ok(["restart", "again"]);
  expect(await engine.ok(["exec", "again", "hostname"])).toBe(id.slice(0, 12));
  expect(await engine.ok(["events", "--stream=false", "--filter", "event=rename", "--format", "{{.Name}}"])).toBe(
    "new\nagain",
  );
});

test("port shows what is published, all of it or one port", async () => {
  const [tcp, udp] = [await freePort(), await freePorts(2)];
  const id = await engine.detached(
    ["--name", "web", "-p", `127.0.0.1:${tcp}:80`, "-p", `${udp}-${udp + 1}:90-91/udp`],
    "sleep",
    "1000",
  );
  const all = `80/tcp -> 127.0.0.1:${tcp}\n90/udp -> 0.0.0.0:${udp}\n91/udp -> 0.0.0.0:${udp + 1}`;
  expect(await engine.ok(["port", "web"])).toBe(all);
  expect(await engine.ok(["port", "--latest"])).toBe(all);
  expect(await engine.ok(["port", "web", "80"])).toBe(`127.0.0.1:${tcp}`);
  expect(await engine.ok(["container", "port", "web", "91/udp"])).toBe(`0.0.0.0:${udp + 1}`);
  expect(await engine.ok(["port", "--latest", "80/tcp"])).toBe(`127.0.0.1:${tcp}`);
  const lines = all.split("\n").map((line) => `${id.slice(0, 12)}\t${line}`);
  expect((await engine.ok(["port", "--all"])).split("\n")).toEqual(lines);
  const missing = await engine.run(["port", "web", "81"]);
  expect(missing.code).toBe(125);
  expect(missing.stderr).toContain('failed to find published port "81"');
  expect((await engine.run(["port"])).code).toBe(125);
  await engine.ok(["stop", "-t", "0", "web"]);
  expect(await engine.ok(["port", "web"])).toBe("");
});

test("container exists answers by its exit code", async () => {
  await engine.ok(["create", "--name", "box", IMAGE, "true"]);
  expect(await engine.run(["container", "exists", "box"])).toMatchObject({ code: 0, stdout: "", stderr: "" });
  expect(await engine.run(["container", "exists", "--external", "nonesuch"])).toMatchObject({ code: 1, stdout: "" });
});

test("container prune removes what does not run, after a yes", async () => {
  await engine.detached(["--name", "up"], "sleep", "1000");
  const done = await engine.ok(["create", "--name", "done", "--label", "keep", IMAGE, "true"]);
  const fresh = await engine.ok(["create", "--name", "fresh", IMAGE, "true"]);
  await engine.ok(["init", "fresh"]);
  const refused = await engine.run(["container", "prune"], { stdin: "n\n" });
  expect({ code: refused.code, stdout: refused.stdout }).toEqual({ code: 0, stdout: "" });
  expect(refused.stderr).toContain("all non running containers");
  expect((await engine.run(["container", "prune"])).stdout).toBe("");
  expect(await engine.ok(["container", "prune", "-f", "--filter", "until=10m"])).toBe("");
  expect(await engine.ok(["container", "prune", "-f", "--filter", "label!=keep"])).toBe(fresh);
  expect(await engine.ok(["container", "prune"], { stdin: "y\n" })).toBe(done);
  expect(await engine.ok(["ps", "-a", "--format", "{{.Names}}"])).toBe("up");
  expect((await engine.run(["container", "prune", "-f", "--filter", "name=up"])).stderr).toContain("invalid filter");
});

test("rm tells by its exit code what kept it: 1 not there, 2 it runs", async () => {
  await engine.detached(["--name", "busy"], "sleep", "1000");
  expect((await engine.run(["rm", "busy"])).code).toBe(2);
  expect((await engine.run(["rm", "nonesuch"])).code).toBe(1);
  expect((await engine.run(["rm", "busy", "nonesuch"])).code).toBe(1);
  expect(await engine.run(["rm", "--force", "nonesuch"])).toMatchObject({ code: 0, stdout: "", stderr: "" });
  const early = await engine.run(["rm", "--time", "3", "busy"]);
  expect({ code: early.code, said: early.stderr.includes("--force") }).toEqual({ code: 125, said: true });
  expect((await engine.run(["rm", "--link", "busy"])).stderr).toContain("not supported");
  expect(await engine.ok(["rm", "-f", "--filter", "name=busy"])).toHaveLength(64);
});

test("a stop that takes its time says why: no handler, ignored, or too slow", async () => {
  await engine.detached(["--name", "deaf"], "sleep", "1000");
  const unhandled = await engine.run(["stop", "--timeout", "1", "deaf"]);
  expect(unhandled.code).toBe(0);
  expect(unhandled.stderr).toContain("SIGTERM failed to stop container deaf in 1 second, resorting to SIGKILL");
  expect(unhandled.stderr).toContain("--init");
  await engine.detached(["--name", "slow"], "sh", "-c", "trap : TERM; echo ready; while :; do sleep 0.05; done");
  await eventually(
    () => engine.ok(["logs", "slow"]),
    (text) => text.includes("ready"),
  );
  const slow = await engine.run(["stop", "-t", "1", "slow"]);
  expect(slow.stderr).toContain("--stop-timeout");
  await engine.detached(["--name", "stubborn"], "sh", "-c", "trap '' TERM; echo ready; while :; do sleep 0.05; done");
  await eventually(
    () => engine.ok(["logs", "stubborn"]),
    (text) => text.includes("ready"),
  );
  expect((await engine.run(["stop", "-t", "1", "stubborn"])).stderr).toContain("--stop-signal");
  expect(slow.stderr).not.toContain("--init");
});

test("stop and restart send the signal that is asked for", async () => {
  const script = "trap 'exit 3' USR1; echo ready; while :; do sleep 0.05; done";
  await engine.detached(["--name", "box"], "sh", "-c", script);
  await eventually(
    () => engine.ok(["logs", "box"]),
    (text) => text.includes("ready"),
  );
  expect(await engine.ok(["stop", "--signal", "USR1", "box"])).toBe("box");
  expect(await engine.ok(["wait", "box"])).toBe("3");
  expect((await engine.run(["stop", "--signal", "NONESUCH", "box"])).stderr).toContain("invalid signal");
});

test("pause, unpause and kill choose by --latest, --cidfile, --filter and --all", async () => {
  const file = engine.path("one.id");
  const one = await engine.ok(["run", "-d", "--cidfile", file, "--name", "one", IMAGE, "sleep", "1000"]);
  const two = await engine.detached(["--name", "two"], "sleep", "1000");
  expect(await engine.ok(["pause", "--latest"])).toBe(two);
  expect(await engine.ok(["pause", "--cidfile", file])).toBe(one);
  expect(await engine.ok(["unpause", "--filter", "name=one"])).toBe(one);
  expect(await engine.ok(["pause", "--filter", "name=one"])).toBe(one);
  expect(await engine.ok(["unpause", "--cidfile", file])).toBe(one);
  expect(await engine.ok(["unpause", "--latest"])).toBe(two);
  await engine.ok(["pause", "--all"]);
  expect((await engine.ok(["unpause", "--all"])).split("\n").toSorted()).toEqual([one, two].toSorted());
  expect(await engine.ok(["kill", "--cidfile", file])).toBe(one);
  expect(await engine.ok(["kill", "--latest"])).toBe(two);
  expect(await engine.ok(["kill", "--all"])).toBe("");
  expect(await engine.ok(["container", "remove", "one", "two"])).toBe("one\ntwo");
});
