import { expect, test } from "bun:test";
import { IMAGE, useEngine } from "../fixtures/engine.ts";
import { untilReady } from "../fixtures/supervision.ts";

const engine = useEngine();

/** A wait that has begun, and what it gave in the end. */
const waiting = async (...args: string[]) => {
  const child = Bun.spawn(engine.argv(["wait", ...args]), { stdio: ["ignore", "pipe", "pipe"] });
  const ended = (async () => {
    const [stdout, stderr, code] = await Promise.all([
      new Response(child.stdout).text(),
      new Response(child.stderr).text(),
      child.exited,
    ]);
    return { code, stdout, stderr };
  })();
  // It waits: it is there and has not ended after a while.
  await Bun.sleep(150);
  expect(child.exitCode).toBe(null);
  return { ended };
};

const MET = { code: 0, stdout: "-1\n", stderr: "" };

test("a container that never ran has ended, with 0, as with both peers", async () => {
  await engine.ok(["create", "--name", "box", IMAGE, "true"]);
  expect(await engine.run(["wait", "box"])).toMatchObject({ code: 0, stdout: "0\n" });
  expect(await engine.run(["wait", "--latest", "--condition", "exited"])).toMatchObject({ code: 0, stdout: "0\n" });
});

test("each state can be waited for: -1 when it is reached", async () => {
  await engine.ok(["create", "--name", "box", IMAGE, "sleep", "1000"]);
  for (const condition of ["configured", "created"])
    expect(await engine.run(["wait", "--condition", condition, "box"])).toMatchObject(MET);
  const initialized = await waiting("--condition", "initialized", "box");
  await engine.ok(["init", "box"]);
  expect(await initialized.ended).toEqual(MET);
  const ended = await waiting("box");
  const running = await waiting("--condition", "running", "box");
  await engine.ok(["start", "box"]);
  expect(await running.ended).toEqual(MET);
  const paused = await waiting("--condition", "paused", "box");
  await engine.ok(["pause", "box"]);
  expect(await paused.ended).toEqual(MET);
  await engine.ok(["unpause", "box"]);
  const stopping = await waiting("--condition", "stopping", "--interval", "20ms", "box");
  const removing = await waiting("--condition", "removing", "box");
  await engine.ok(["stop", "-t", "1", "box"]);
  expect(await stopping.ended).toEqual(MET);
  expect(await ended.ended).toEqual({ ...MET, stdout: "137\n" });
  await engine.ok(["rm", "box"]);
  expect(await removing.ended).toEqual({ ...MET, stdout: "137\n" });
});

test("one of several conditions is enough, and the end gives its code", async () => {
  await engine.detached(["--name", "box"], "sh", "-c", "trap 'exit 6' TERM; echo ready; while :; do sleep 0.05; done");
  await untilReady(engine, "box");
  const either = await waiting("--condition", "paused", "--condition", "exited", "box");
  const listed = await waiting("--condition", "paused,stopped", "box");
  await engine.ok(["stop", "box"]);
  expect(await either.ended).toEqual({ ...MET, stdout: "6\n" });
  expect(await listed.ended).toEqual({ ...MET, stdout: "6\n" });
});

test("several containers are waited for together, or only for the first of them", async () => {
  await engine.detached(["--name", "one"], "sleep", "1000");
  await engine.detached(["--name", "two"], "sleep", "1000");
  const all = await waiting("one", "two");
  const first = await waiting("--exit-first-match", "one", "two");
  await engine.ok(["kill", "two"]);
  expect(await first.ended).toEqual({ ...MET, stdout: "137\n" });
  await engine.ok(["kill", "-s", "KILL", "one"]);
  expect(await all.ended).toEqual({ ...MET, stdout: "137\n137\n" });
});

test("health is waited for; a container without checks, or that has ended, is an error", async () => {
  const check = ["--health-cmd", "test -e /ok", "--health-interval", "200ms", "--health-retries", "1"];
  await engine.detached(["--name", "box", ...check], "sleep", "1000");
  await engine.detached(["--name", "plain"], "sleep", "1000");
  expect(await engine.run(["wait", "--condition", "unhealthy", "box"])).toMatchObject(MET);
  const healthy = await waiting("--condition", "healthy", "box");
  await engine.ok(["exec", "box", "touch", "/ok"]);
  expect(await healthy.ended).toEqual(MET);
  const plain = await engine.run(["wait", "--condition", "healthy", "plain"]);
  expect({ code: plain.code, said: plain.stderr.includes("has no healthcheck") }).toEqual({ code: 125, said: true });
  const unhealthy = await waiting("--condition", "unhealthy", "--interval", "50", "box");
  await engine.ok(["stop", "-t", "0", "box"]);
  expect((await unhealthy.ended).stderr).toContain("container is stopped");
}, 60_000);

test("what is no condition or no interval is refused, a missing container is ignored when asked", async () => {
  expect((await engine.run(["wait", "--condition", "nonesuch", "x"])).stderr).toContain("known: configured");
  expect((await engine.run(["wait", "--interval", "soon", "x"])).stderr).toContain("--interval");
  expect((await engine.run(["wait"])).code).toBe(125);
  expect(await engine.ok(["wait", "--ignore", "--condition", "running", "nonesuch"])).toBe("-1");
  expect((await engine.run(["wait", "nonesuch"])).code).toBe(125);
});
