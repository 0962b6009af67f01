import { expect, test } from "bun:test";
import { existsSync, readdirSync } from "node:fs";
import { eventually, IMAGE, useEngine } from "../fixtures/engine.ts";
import { seeded } from "../fixtures/kill-at-random.ts";
import { killPodVerb, POD_VERBS } from "../fixtures/pod-kills.ts";

const engine = useEngine();
const SLEEP = ["sleep", "1000"];

const member = async (name: string, ...options: string[]): Promise<void> => {
  await engine.ok(["run", "-d", "--pod", "web", "--name", name, "--stop-timeout", "0", ...options, IMAGE, ...SLEEP]);
};
const field = async (name: string, template: string): Promise<string> =>
  await engine.ok(["inspect", "--format", template, name]);
const infraOf = async (): Promise<string> => await engine.ok(["pod", "inspect", "-f", "{{.InfraContainerID}}", "web"]);
const state = async (): Promise<string> => await engine.ok(["pod", "inspect", "-f", "{{.State}}", "web"]);
const states = async (): Promise<string> =>
  await engine.ok(["ps", "-a", "--sort", "names", "--format", "{{.Names}} {{.State}}", "--filter", "name=^[abc]$"]);
const becomes = async (wanted: string): Promise<void> => {
  await eventually(state, (text) => text === wanted);
};
const kill = async (name: string, template: string): Promise<void> => {
  process.kill(Number(await field(name, template)), "SIGKILL");
};

test("an infra container that is killed leaves a degraded pod, and a restart makes it whole", async () => {
  await engine.ok(["pod", "create", "-p", "127.0.0.1::80", "web"]);
  await member("a");
  const infra = await infraOf();
  await kill(infra, "{{.State.Pid}}");
  await becomes("Degraded");
  await eventually(
    () => field(infra, "{{.State.Status}} {{.State.ExitCode}}"),
    (text) => text === "exited 137",
  );
  // A new infra container would have other namespaces than those that `a` runs in.
  const { code, stderr } = await engine.run(["run", "--rm", "--pod", "web", IMAGE, "true"]);
  expect([code, stderr]).toEqual([125, expect.stringContaining("a still run in the namespaces it had")]);
  expect(stderr).toContain("estiba pod restart web");
  expect(await engine.ok(["pod", "start", "web"])).toBe("web");
  await becomes("Running");
  await engine.ok(["run", "--rm", "--pod", "web", IMAGE, "true"]);
  const net = async (name: string) =>
    await engine.ok(["ps", "--ns", "--format", "{{.NET}}", "--filter", `name=${name}`]);
  expect(await net("^a$")).toBe(await net("infra"));
});

test("members that an infra container has left behind, and that do not heed the signal, are stopped all at once", async () => {
  await engine.ok(["pod", "create", "web"]);
  const deaf = ["--stop-timeout", "2", IMAGE, "sh", "-c", "trap '' TERM; while :; do sleep 0.1; done"];
  for (const name of ["a", "b", "c"]) await engine.ok(["run", "-d", "--pod", "web", "--name", name, ...deaf]);
  await kill(await infraOf(), "{{.State.Pid}}");
  await becomes("Degraded");
  const begun = performance.now();
  await engine.ok(["pod", "start", "web"]);
  expect(performance.now() - begun).toBeLessThan(4500);
  expect(await states()).toBe("a running\nb running\nc running");
  await engine.ok(["pod", "rm", "-f", "-t", "0", "web"]);
});

test("a first member is made beside the infra container: where either cannot start, the other is left as it may be", async () => {
  using server = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data: () => undefined } });
  await engine.ok(["pod", "create", "-p", `127.0.0.1:${server.port}:80`, "web"]);
  const busy = await engine.run(["run", "--rm", "--pod", "web", IMAGE, "true"]);
  expect([busy.code, busy.stderr]).toEqual([125, expect.stringContaining("cannot publish the tcp port")]);
  expect(await engine.ok(["ps", "-a", "--format", "{{.State}}"])).toBe("created");
  await engine.expectClean();
  server.stop(true);
  const missing = await engine.run(["run", "-d", "--name", "a", "--pod", "web", IMAGE, "/nonesuch"]);
  expect([missing.code, missing.stdout]).toEqual([127, ""]);
  expect(await states()).toBe("a created");
  expect(await field(await infraOf(), "{{.State.Status}}")).toBe("running");
});

test("a member that `start` starts while `run` waits for the infra container runs, and both succeed", async () => {
  for (let round = 0; round < 20; round++) {
    await engine.ok(["pod", "create", "web"]);
    const run = member("a");
    const starts = [];
    for (let begun = 0; begun < 3; begun++) {
      await Bun.sleep(6);
      starts.push(engine.run(["start", "a"]));
    }
    await run;
    // One may have come before the container was there.
    for (const { code, stderr } of await Promise.all(starts))
      if (code !== 0) expect(stderr).toContain("no such container");
    expect(await field("a", "{{.State.Status}}")).toBe("running");
    await engine.ok(["pod", "rm", "-f", "-t", "0", "web"]);
  }
}, 60_000);

test("no member is left behind by a pod's stop that another command was starting", async () => {
  await engine.ok(["pod", "create", "web"]);
  for (const name of ["a", "b"]) await member(name);
  for (let round = 0; round < 15; round++) {
    await engine.ok(["pod", "start", "web"]);
    for (const name of ["a", "b"]) await engine.ok(["kill", name]);
    const startLate = async (): Promise<unknown> => {
      await Bun.sleep(2 * round);
      return await engine.run(["start", "b"]);
    };
    await Promise.all([engine.run(["start", "a"]), startLate(), engine.ok(["pod", "stop", "-t", "0", "web"])]);
    // A start that came after the stop has started all that it needs.
    const infra = await field(await infraOf(), "{{.State.Status}}");
    if (infra !== "running") expect((await states()).split("\n")).toEqual(["a exited", "b exited"]);
  }
  await engine.expectClean();
}, 60_000);

test("a member that is killed is ended, and the others go on", async () => {
  await engine.ok(["pod", "create", "web"]);
  await member("a");
  await member("b");
  await kill("a", "{{.State.Pid}}");
  await becomes("Degraded");
  expect(await states()).toBe("a exited\nb running");
  await engine.ok(["pod", "start", "web"]);
  expect(await states()).toBe("a running\nb running");
});

test("a member that crashes is started again by the pod's restart policy, unless it has its own", async () => {
  await engine.ok(["pod", "create", "--restart", "always", "web"]);
  await member("a");
  await member("b", "--restart", "no");
  await kill("a", "{{.State.Pid}}");
  await kill("b", "{{.State.Pid}}");
  await eventually(
    async () => `${await states()} ${await field("a", "{{.RestartCount}}")}`,
    (text) => text === "a running\nb exited 1",
  );
});

test("a member whose conmon is killed runs on, and ends as killed", async () => {
  await engine.ok(["pod", "create", "web"]);
  await member("a");
  const monitor = await field("a", "{{.State.ConmonPid}}");
  const shown = async (): Promise<string> => await engine.ok(["pod", "map", "web"]);
  expect(await shown()).toMatch(new RegExp(`^ a +running +\\d+ +${monitor} `, "m"));
  await kill("a", "{{.State.ConmonPid}}");
  await eventually(shown, (text) => /^ a +running +\d+ +- /m.test(text));
  expect(await engine.ok(["inspect", "a"])).not.toContain('ConmonPid"');
  expect(await state()).toBe("Running");
  await kill("a", "{{.State.Pid}}");
  await becomes("Degraded");
  await engine.ok(["pod", "start", "web"]);
  await becomes("Running");
});

test("with a shared pid namespace all members end with the infra container, and start again", async () => {
  await engine.ok(["pod", "create", "--share", "+pid", "web"]);
  await member("a");
  await member("b");
  await kill(await infraOf(), "{{.State.Pid}}");
  await becomes("Exited");
  await engine.ok(["pod", "start", "web"]);
  await becomes("Running");
});

const podCgroups = (): string[] =>
  ["/sys/fs/cgroup", "/sys/fs/cgroup/pids"]
    .flatMap((root) => (existsSync(root) ? readdirSync(root).map((name) => `${root}/${name}`) : []))
    .filter((path) => /\/estiba-[0-9a-f]{8}$/.test(path))
    .flatMap((path) => readdirSync(path).filter((name) => name.startsWith("pod-")));

for (const [index, verb] of POD_VERBS.entries()) {
  test(`pod ${verb}, killed half-way, leaves nothing that cannot be mended`, async () => {
    await killPodVerb(engine, verb, seeded(20_261_125 + index));
  });
}

test("an infra container is gone with its pod, and so is the pod's cgroup", async () => {
  const before = podCgroups();
  await engine.ok(["pod", "create", "--memory", "64m", "web"]);
  await member("a");
  expect(podCgroups().length).toBe(before.length + 1);
  await engine.ok(["rm", "-fa"]);
  expect(podCgroups()).toEqual(before);
});
