import { afterEach, expect, test } from "bun:test";
import { useWebService } from "../fixtures/cluster/web-service.ts";
import { eventually, IMAGE } from "../fixtures/engine.ts";
import { makeImage } from "../fixtures/image.ts";
import { startScriptedRegistry } from "../fixtures/scripted-registry.ts";
import { killHard, processesWith } from "../fixtures/supervision.ts";

const web = useWebService();

afterEach(async () => {
  for (const name of ["hang", "broken"]) await web.engine.run(["service", "rm", name]);
});

async function rows(name: string): Promise<string[]> {
  const format = "{{.CurrentState}} {{.Error}}";
  const { stdout } = await web.engine.run(["service", "ps", "--no-trunc", "--format", format, name]);
  return stdout.trim().split("\n");
}

/** Waits until a task of a service has told something. */
async function tells(name: string, text: string): Promise<void> {
  await eventually(
    async () => (await rows(name)).join("\n"),
    (all) => all.includes(text),
    20_000,
  );
}

test("pulls that hang keep nobody else waiting; a registry that fails is told of, and asked again later", async () => {
  const image = await makeImage(web.engine.path("image"), {});
  await using registry = startScriptedRegistry(image);
  const never = Promise.withResolvers<Response>();
  registry.script = ({ kind, url }) => {
    if (url.pathname.includes("/hang/")) return never.promise;
    return kind === "manifests" && url.pathname.includes("/broken/") ? new Response("no", { status: 500 }) : undefined;
  };
  const create = ["service", "create", "-d", "--restart-delay", "100ms", "--stop-grace-period", "0s"];
  await web.engine.ok([...create, "--name", "hang", "--replicas", "12", `${registry.host}/hang/a:1`, "sleep", "99"]);
  await eventually(
    () => registry.log.filter((line) => line.includes("/hang/")).length,
    (count) => count > 0,
  );
  await web.create(["--replicas", "2"], "sleep", "1000");
  await web.engine.ok([...create, "--name", "broken", `${registry.host}/broken/a:1`, "sleep", "99"]);
  await tells("broken", "Rejected");
  await tells("broken", "500");
  expect((await rows("hang")).every((row) => row.startsWith("Preparing"))).toBe(true);
  await web.engine.ok(["service", "rm", "hang"]);
  await web.engine.ok(["service", "scale", "web=3"]);
  never.resolve(new Response(null, { status: 503 }));
});

test("a task that takes more memory than it may has failed, and says so", async () => {
  const hungry = ["sh", "-c", "x=aaaaaaaa; while :; do x=$x$x; done"];
  const options = ["--limit-memory", "32m", "--restart-condition", "none"];
  await web.engine.ok(["service", "create", "-d", "--name", "web", ...options, IMAGE, ...hungry]);
  await tells("web", "out of memory");
});

test("a port of the node that another program has is told of; the task runs when it is free again", async () => {
  const server = Bun.serve({ hostname: "0.0.0.0", port: 0, fetch: () => new Response("mine") });
  const port = server.port ?? 0;
  const publish = ["--publish", `mode=host,target=80,published=${port}`];
  const options = ["--restart-delay", "100ms", "--stop-grace-period", "0s"];
  await web.engine.ok(["service", "create", "-d", "--name", "web", ...publish, ...options, IMAGE, "sleep", "99"]);
  await tells("web", String(port));
  expect((await rows("web")).join("\n")).toMatch(/^(?:Failed|Rejected) .*cannot publish the tcp port .* uses it/m);
  await server.stop(true);
  await eventually(
    async () => await rows("web"),
    (all) => all.some((row) => row.startsWith("Running")),
    20_000,
  );
  const [shown] = (await web.engine.ok(["service", "ps", "--format", "{{.Ports}}", "web"])).split("\n");
  expect(shown).toBe(`*:${port}->80/tcp`);
  // Nodes' own ports and those of all nodes are the same ports.
  const twice = await web.engine.run(["service", "create", "--name", "hang", "-p", `${port}:80`, IMAGE]);
  expect([twice.code, twice.stderr]).toEqual([125, expect.stringContaining("as a host-published port")]);
});

test("an update whose tasks never become healthy pauses with the reason; the old tasks run on where they are kept until then", async () => {
  await web.create(["--replicas", "2", "--update-order", "start-first"], "sleep", "1000");
  const before = await web.engine.ok(["ps", "-q"]);
  const ill = [
    "--health-cmd",
    "false",
    "--health-interval",
    "100ms",
    "--health-retries",
    "2",
    "--restart-delay",
    "30s",
  ];
  const { code, stderr } = await web.engine.run(["service", "update", "-q", ...ill, "web"]);
  expect([code, stderr]).toEqual([125, expect.stringContaining("service update paused")]);
  expect(await web.inspect("{{.UpdateStatus.State}}")).toBe("paused");
  await tells("web", "task: unhealthy container");
  expect(await web.engine.ok(["ps", "-q"])).toBe(before);
});

test("who waits for a task that no node may have is kept waiting for as long as it takes", async () => {
  const options = ["--constraint", "node.labels.zone==eu", "--update-monitor", "100ms", "--stop-grace-period", "0s"];
  const waiting = web.engine.run(["service", "create", "--name", "web", ...options, IMAGE, "sleep", "99"]);
  await tells("web", "scheduling constraints not satisfied on 1 node");
  // Longer than connections are left idle where nobody says otherwise.
  await Bun.sleep(14_000);
  await web.engine.ok(["node", "update", "--label-add", "zone=eu", "self"]);
  const { code, stderr } = await waiting;
  expect([code, stderr]).toEqual([0, ""]);
});

test("a task whose monitor, or first process, is killed has failed and says so; another one takes its slot, the rest run on", async () => {
  await web.create(["--replicas", "3", "--restart-delay", "100ms"], "sleep", "1000");
  const ofSlot = async (slot: number): Promise<string> =>
    await web.engine.ok(["ps", "--no-trunc", "--format", "{{.ID}} {{.Pid}}", "--filter", `name=^web.${slot}\\.`]);
  const [third, [id = ""], [, pid = ""]] = [
    await ofSlot(3),
    (await ofSlot(1)).split(" "),
    (await ofSlot(2)).split(" "),
  ];
  for (const monitor of processesWith("-c", id)) await killHard(monitor);
  process.kill(Number(pid), "SIGKILL");
  const after = await eventually(
    async () => await Promise.all([1, 2, 3].map(ofSlot)),
    ([one = "", two = ""]) => one !== "" && !one.startsWith(id) && two !== "" && !two.endsWith(` ${pid}`),
    20_000,
  );
  expect(after[2]).toBe(third);
  const failed = (await rows("web")).filter((row) => row.startsWith("Failed"));
  expect(failed).toHaveLength(2);
  for (const row of failed) expect(row).toMatch(/Failed .* ago "\S/);
  expect(processesWith(id)).toEqual([]);
});
