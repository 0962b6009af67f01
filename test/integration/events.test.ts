import { expect, test } from "bun:test";
import { eventually, IMAGE, useEngine } from "../fixtures/engine.ts";

const engine = useEngine();

/** What has been, as `STATUS NAME` by default. */
async function past(options: readonly string[], format = "{{.Status}} {{.Name}}"): Promise<string[]> {
  const text = await engine.ok(["events", "--stream=false", "--format", format, ...options]);
  return text === "" ? [] : text.split("\n");
}

/** A container's whole life. */
async function live(name: string, ...options: string[]): Promise<void> {
  await engine.ok(["run", "--name", name, ...options, IMAGE, "true"]);
  await engine.ok(["rm", name]);
}

test("the life of a container is told in Podman's words, in order", async () => {
  await live("born");
  expect(await past(["--filter", "container=born"])).toEqual(
    ["create", "init", "start", "attach", "died", "cleanup", "remove"].map((status) => `${status} born`),
  );
});

test("the text names time, type, status, id, image and labels; --no-trunc=false cuts the id", async () => {
  await live("worded", "--label", "colour=blue");
  const options = ["--stream=false", "--filter", "container=worded", "--filter", "event=died"];
  const line = await engine.ok(["events", ...options]);
  expect(line).toMatch(
    /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d+)? [+-]\d{4} \S+ container died [0-9a-f]{64} \(image=localhost\/bb:1, name=worded, colour=blue\)$/,
  );
  expect(await engine.ok(["system", "events", "--no-trunc=false", ...options])).toMatch(/ died [0-9a-f]{12} \(/);
});

test("--format json is one object a line, with the exit code; a template sees the same fields", async () => {
  await engine.run(["run", "--name", "coded", IMAGE, "sh", "-c", "exit 3"]);
  await engine.ok(["rm", "coded"]);
  const filter = ["--filter", "container=coded", "--filter", "event=died"];
  const event = JSON.parse(await engine.ok(["events", "--stream=false", "--format", "json", ...filter]));
  expect(event).toMatchObject({
    Name: "coded",
    Image: "localhost/bb:1",
    Status: "died",
    Type: "container",
    ContainerExitCode: 3,
  });
  expect(event.ID).toMatch(/^[0-9a-f]{64}$/);
  expect(Math.floor(event.timeNano / 1e9)).toBe(event.time);
  expect(await past(filter, "{{.ContainerExitCode}} {{.Type}} {{.ID}}")).toEqual([`3 container ${event.ID}`]);
  expect(JSON.parse((await past(filter, "{{json .}}"))[0] ?? "")).toEqual(event);
});

test("filters: values of one key are alternatives, keys must all hold, labels too", async () => {
  await live("one", "--label", "kind=a");
  await live("two", "--label", "kind=b");
  const two = ["--filter", "container=one", "--filter", "container=two"];
  expect(await past([...two, "--filter", "event=create"])).toEqual(["create one", "create two"]);
  expect(await past([...two, "--filter", "event=create", "--filter", "label=kind=b"])).toEqual(["create two"]);
  expect(await past([...two, "--filter", "event=die", "--filter", "label=kind"])).toEqual(["died one", "died two"]);
  expect(await past(["--filter", "type=image", "--filter", "event=load"])).not.toEqual([]);
  const unknown = await engine.run(["events", "--stream=false", "--filter", "nosuch=1"]);
  expect(unknown.code).toBe(125);
  expect(unknown.stderr).toContain('"nosuch" is an invalid event filter');
});

test("--since and --until cut by time: a time, a Unix time, or a duration", async () => {
  await live("timed");
  const filter = ["--filter", "container=timed", "--filter", "event=create"];
  const [time = ""] = await past(filter, "{{.Time}}");
  expect(await past([...filter, "--since", "10m"])).toEqual(["create timed"]);
  expect(await past([...filter, "--since", String(Number(time) + 1)])).toEqual([]);
  expect(await past([...filter, "--until", String(Number(time) - 1)])).toEqual([]);
  expect(await past([...filter, "--until", new Date((Number(time) + 1) * 1000).toISOString()])).toEqual([
    "create timed",
  ]);
  const { code, stderr } = await engine.run(["events", "--since", "nonsense"]);
  expect(code).toBe(125);
  expect(stderr).toContain('parsing --since "nonsense": unable to interpret time value');
});

test("following ends at --until, with what has been before", async () => {
  await live("before");
  const options = ["--filter", "container=before", "--format", "{{.Status}}", "--until", "1s"];
  expect((await engine.ok(["events", ...options])).split("\n")).toContain("remove");
});

test("a pull that fails is told with its cause", async () => {
  expect((await engine.run(["pull", "127.0.0.1:1/nothing:here"])).code).toBe(125);
  const [event = ""] = await past(["--filter", "event=pull-error"], "{{.Type}} {{.Name}} {{.Error}}");
  expect(event).toStartWith("image 127.0.0.1:1/nothing:here ");
  expect(event).toContain("127.0.0.1:1");
});

test("a follower sees only what is new, at once", async () => {
  await live("old");
  const child = Bun.spawn(engine.argv(["events", "--filter", "event=create", "--format", "{{.Name}}"]), {
    stdio: ["ignore", "pipe", "pipe"],
  });
  try {
    const reader = child.stdout.getReader();
    const seen = reader.read();
    // It may not listen yet when the first is created: the second is, by then.
    await eventually(
      async () => {
        await live("new");
        return await Promise.race([seen, Bun.sleep(50).then(() => undefined)]);
      },
      (chunk) => chunk !== undefined,
    );
    expect(Buffer.from((await seen).value ?? []).toString()).toStartWith("new\n");
  } finally {
    child.kill();
    await child.exited;
  }
});

test("events are over when their reader has gone", async () => {
  const piped = engine.argv(["events", "--filter", "volume=seen", "--format", "{{.Status}}"]).join(" ");
  const child = Bun.spawn(["sh", "-c", `${piped} | head -n 1`], { stdio: ["ignore", "pipe", "ignore"] });
  const goOn = async (): Promise<number | null> => {
    await engine.ok(["volume", "create", "seen"]);
    await engine.ok(["volume", "rm", "seen"]);
    return child.exitCode;
  };
  expect(await eventually(goOn, (code) => code !== null, 30_000)).toBe(0);
  expect(await new Response(child.stdout).text()).toMatch(/^(?:create|remove)\n$/);
});
