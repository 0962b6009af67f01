import { expect, test } from "bun:test";
import { eventually, IMAGE, runCommand, testRuntimes, useEngine } from "../fixtures/engine.ts";

const engine = useEngine();

type Stats = Record<
  "id" | "name" | "cpu_time" | "cpu_percent" | "mem_usage" | "mem_percent" | "net_io" | "pids",
  string
>;

/** One reading, by container. */
async function read(...args: string[]): Promise<Record<string, Stats>> {
  const list = JSON.parse(await engine.ok(["stats", "--no-stream", "--format", "json", ...args])) as Stats[];
  return Object.fromEntries(list.map((stats) => [stats.name, stats]));
}

for (const { name: runtime, why } of testRuntimes()) {
  test.skipIf(why !== undefined)(
    `with ${runtime} stats tells of processors, memory, network and processes`,
    async () => {
      const script = "i=0; while [ $i -lt 20000 ]; do i=$((i+1)); done; sleep 1000 & wait";
      await engine.detached(["--name", "busy", "--runtime", runtime, "-m", "64m"], "sh", "-c", script);
      const busy = await eventually(
        async () => (await read("busy"))["busy"],
        (stats) => stats?.pids === "2",
      );
      expect(busy?.id).toMatch(/^[0-9a-f]{12}$/);
      expect(busy?.cpu_time).toMatch(/^(\d+\.\d+ms|\d+(\.\d+)?s)$/);
      expect(Number.parseFloat(busy?.cpu_percent ?? "")).toBeGreaterThan(0);
      expect(busy?.mem_usage).toMatch(/^[\d.]+[kM]B \/ 67\.11MB$/);
      expect(Number.parseFloat(busy?.mem_percent ?? "")).toBeGreaterThan(0);
    },
  );
}

test("bytes that come in over the network are counted, but none of the host's own", async () => {
  await engine.detached(["--name", "fed"], "sh", "-c", "sleep 1000");
  await engine.detached(["--name", "hosted", "--network", "host"], "sleep", "1000");
  const address = await engine.ok(["inspect", "--format", "{{.NetworkSettings.IPAddress}}", "fed"]);
  await engine.ok(["run", "--rm", "--cap-add", "NET_RAW", IMAGE, "ping", "-c", "1", "-s", "30000", address]);
  const { fed, hosted } = await read();
  const [input = ""] = (fed?.net_io ?? "").split(" / ");
  expect(input).toEndWith("kB");
  expect(Number.parseFloat(input)).toBeGreaterThan(29);
  expect(hosted?.net_io).toBe("0B / 0B");
});

test("without names those that run are shown, with --all and by name the others too, as zeros", async () => {
  await engine.detached(["--name", "up"], "sleep", "1000");
  await engine.ok(["create", "--name", "down", IMAGE, "true"]);
  expect(Object.keys(await read())).toEqual(["up"]);
  expect(Object.keys(await read("--all"))).toEqual(["up", "down"]);
  expect((await read("down"))["down"]).toMatchObject({ cpu_percent: "0.00%", mem_usage: "0B / 0B", pids: "0" });
  expect(Object.keys(await read("--latest"))).toEqual(["down"]);
  const unknown = await engine.run(["stats", "--no-stream", "nosuch"]);
  expect(unknown.code).toBe(125);
  expect(unknown.stderr).toContain("nosuch");
  expect((await engine.run(["stats", "--no-stream", "--all", "up"])).stderr).toContain(
    "--all, --latest and containers cannot be used together",
  );
});

test("the table has Podman's columns; a template chooses others", async () => {
  const id = await engine.detached(["--name", "shown"], "sleep", "1000");
  const [heading = "", line = ""] = (await engine.ok(["container", "stats", "--no-stream"])).split("\n");
  const titles = "ID, NAME, CPU %, MEM USAGE / LIMIT, MEM %, NET IO, BLOCK IO, PIDS, CPU TIME, AVG CPU %";
  expect(heading.split(/\s{2,}/)).toEqual(titles.split(", "));
  expect(line).toStartWith(`${id.slice(0, 12)}  shown `);
  const format = "table {{.Name}} {{.PIDs}} {{.ID}}";
  expect(await engine.ok(["stats", "--no-stream", "--no-trunc", "--format", format])).toBe(
    `NAME        PIDS        ID\nshown       1           ${id}`,
  );
});

test("a stream reads again and again, and ends when all that were asked for are removed", async () => {
  await engine.detached(["--name", "first"], "sleep", "1000");
  await engine.detached(["--name", "second"], "sleep", "1000");
  const child = Bun.spawn(
    engine.argv(["stats", "--interval", "1", "--format", "{{.Name}} {{.PIDs}}", "first", "second"]),
    {
      stdio: ["ignore", "pipe", "pipe"],
    },
  );
  const seen = { text: "" };
  const reading = (async () => {
    for await (const bytes of child.stdout) seen.text += Buffer.from(bytes).toString();
  })();
  await eventually(
    () => seen.text.split("second 1\n").length,
    (readings) => readings > 2,
  );
  await engine.ok(["stop", "-t", "0", "second"]);
  await eventually(
    () => seen.text,
    (text) => text.includes("first 1\nsecond 0\n"),
  );
  await engine.ok(["rm", "-f", "-t", "0", "first", "second"]);
  expect(await child.exited).toBe(0);
  await reading;
  // Not a terminal: nothing of the text moves a cursor.
  expect(seen.text).not.toContain("\u001B");
});

test("stats is over when the reader of what it prints has gone", async () => {
  await engine.detached(["--name", "idle"], "sleep", "1000");
  const piped = engine.argv(["stats", "--interval", "1", "--format", "{{.Name}}"]).join(" ");
  expect(await runCommand(["sh", "-c", `${piped} | head -n 1`])).toMatchObject({ code: 0, stdout: "idle\n" });
});
