import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { eventually, IMAGE, useEngine } from "../fixtures/engine.ts";

const engine = useEngine({ images: [{ name: "other:2", process: { exposedPorts: ["90/tcp"] } }] });

test("ps is a table of what runs, ps -a of everything, oldest first", async () => {
  expect(await engine.ok(["ps"])).toMatch(/^CONTAINER ID\s+IMAGE\s+COMMAND\s+CREATED\s+STATUS\s+PORTS\s+NAMES$/);
  const up = await engine.detached(["--name", "up"], "sleep", "1000");
  await engine.ok(["run", "--name", "over", IMAGE, "sh", "-c", "exit 3"]).catch(() => "");
  await engine.ok(["create", "--name", "new", IMAGE, "true"]);
  const running = (await engine.ok(["ps"])).split("\n");
  expect(running).toHaveLength(2);
  expect(running[1]).toMatch(
    new RegExp(`^${up.slice(0, 12)}\\s+localhost/bb:1\\s+sleep 1000\\s+.*ago\\s+Up .*\\s+up\\s*$`),
  );
  const all = (await engine.ok(["ps", "-a"])).split("\n");
  expect(all.slice(1).map((line) => line.trim().split(/\s+/).at(-1))).toEqual(["up", "over", "new"]);
  expect(all[2]).toContain("Exited (3)");
  expect(all[3]).toContain("Created");
});

test("ports are filtered by ranges too, and networks by id", async () => {
  await engine.ok(["network", "create", "by-id"]);
  const id = await engine.ok(["network", "inspect", "-f", "{{.ID}}", "by-id"]);
  await engine.ok([
    "create",
    "--name",
    "ports",
    "--expose",
    "81",
    "--expose",
    "90-95/udp",
    "-p",
    "8091-8093:71-73",
    IMAGE,
  ]);
  await engine.ok(["create", "--name", "there", "--network", "by-id", IMAGE]);
  const names = async (filter: string) => await engine.ok(["ps", "-a", "--format", "{{.Names}}", "--filter", filter]);
  for (const filter of [
    "expose=81",
    "expose=80-85/tcp",
    "expose=94/udp",
    "expose=72",
    "publish=8090-8091",
    "publish=73",
  ])
    expect([filter, await names(filter)]).toEqual([filter, "ports"]);
  for (const filter of ["expose=81/udp", "expose=82-89", "publish=8094", "network=bridge-not"])
    expect([filter, await names(filter)]).toEqual([filter, ""]);
  for (const value of ["by-id", id, id.slice(0, 12)]) expect(await names(`network=${value}`)).toBe("there");
  expect((await engine.run(["ps", "--filter", "expose=much"])).stderr).toContain("is not PORT[-PORT][/PROTO]");
  await engine.ok(["rm", "ports", "there"]);
  await engine.ok(["network", "rm", "by-id"]);
});

test("filters narrow, and those of different keys go together", async () => {
  await engine.ok(["create", "--name", "red", "-l", "colour=red", "-l", "size=1", IMAGE, "true"]);
  await engine.ok(["create", "--name", "blue", "-l", "colour=blue", "other:2", "true"]);
  await engine.ok(["run", "--name", "ran", "-l", "colour=red", IMAGE, "sh", "-c", "exit 2"]).catch(() => "");
  await engine.detached(["--name", "runs", "-l", "colour=red", "-v", "vol:/v", "--network", "none"], "sleep", "1000");
  const names = async (...filters: string[]) =>
    (await engine.ok(["ps", "-a", "--format", "{{.Names}}", ...filters.flatMap((filter) => ["--filter", filter])]))
      .split("\n")
      .toSorted()
      .join(" ");
  expect(await names("label=colour")).toBe("blue ran red runs");
  expect(await names("label=colour=red")).toBe("ran red runs");
  expect(await names("label=colour=red", "label=size=1")).toBe("red");
  expect(await names("label=colour=red", "status=exited")).toBe("ran");
  expect(await names("status=running")).toBe("runs");
  expect(await names("status=created", "status=exited")).toBe("blue ran red");
  expect(await names("exited=2")).toBe("ran");
  expect(await names("exited=0")).toBe("");
  expect(await names("name=r")).toBe("ran red runs");
  expect(await names("name=^re")).toBe("red");
  expect(await names("ancestor=other")).toBe("blue");
  expect(await names("volume=vol")).toBe("runs");
  expect(await names("network=none")).toBe("runs");
  expect(await engine.ok(["ps", "-q", "--filter", "status=exited"])).not.toBe("");
});

test("ids, templates and JSON", async () => {
  const id = await engine.detached(["--name", "web", "-p", "127.0.0.1::80", "-l", "a=b"], "sleep", "1000");
  expect(await engine.ok(["ps", "-q"])).toBe(id.slice(0, 12));
  expect(await engine.ok(["ps", "-q", "--no-trunc"])).toBe(id);
  expect(await engine.ok(["ps", "--format", "{{.Names}} {{.State}} {{.Image}}"])).toBe("web running localhost/bb:1");
  expect(await engine.ok(["ps", "--format", "table {{.Names}}\t{{.Status}}"])).toMatch(/^NAMES\s+STATUS\nweb\s+Up /);
  expect(await engine.ok(["ps", "--noheading"])).toStartWith(id.slice(0, 12));
  const [row] = JSON.parse(await engine.ok(["ps", "--format", "json"])) as Record<string, unknown>[];
  expect(row).toMatchObject({
    Id: id,
    Names: ["web"],
    Image: "localhost/bb:1",
    Command: ["sleep", "1000"],
    State: "running",
    Exited: false,
    Labels: { a: "b" },
  });
  const bad = await engine.run(["ps", "--format", "{{.Nonesuch"]);
  expect(bad.code).toBe(125);
  expect((await engine.run(["ps", "--format", "{{.Nonesuch}}"])).code).toBe(125);
});

test("--last and --latest count from the newest", async () => {
  for (const name of ["a", "b", "c"]) await engine.ok(["create", "--name", name, IMAGE, "true"]);
  expect(await engine.ok(["ps", "-n", "2", "--format", "{{.Names}}"])).toBe("b\nc");
  expect(await engine.ok(["ps", "-l", "--format", "{{.Names}}"])).toBe("c");
  expect(await engine.ok(["ps", "-a", "--sort", "names", "--format", "{{.Names}}"])).toBe("a\nb\nc");
});

test("inspect tells what was asked for and what came of it", async () => {
  const id = await engine.detached(
    [
      "--name",
      "known",
      "-e",
      "A=1",
      "-l",
      "k=v",
      "-w",
      "/tmp",
      "-u",
      "1000",
      "-m",
      "64m",
      "-v",
      "vol:/v",
      "-p",
      "127.0.0.1::80",
    ],
    "sleep",
    "1000",
  );
  const [document] = JSON.parse(await engine.ok(["inspect", "known"])) as Record<string, Record<string, unknown>>[];
  expect(document).toMatchObject({
    Id: id,
    Name: "known",
    Path: "sleep",
    Args: ["1000"],
    ImageName: "localhost/bb:1",
    State: { Status: "running", Running: true, ExitCode: 0, OOMKilled: false },
    Config: { User: "1000", WorkingDir: "/tmp", Cmd: ["sleep", "1000"], Labels: { k: "v" }, Hostname: id.slice(0, 12) },
    HostConfig: { Memory: 67_108_864, AutoRemove: false, Privileged: false, NetworkMode: "bridge" },
    Mounts: [{ Type: "volume", Name: "vol", Destination: "/v", RW: true }],
  });
  expect(document?.["Config"]?.["Env"]).toContain("A=1");
  const pid = Number(document?.["State"]?.["Pid"]);
  // Until the command begins, the process is the runtime's.
  await eventually(
    () => readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " "),
    (words) => words === "sleep 1000 ",
  );
});

test("inspect by Go template, of several, of images, and of nothing", async () => {
  await engine.ok(["create", "--name", "one", IMAGE, "true"]);
  await engine.ok(["create", "--name", "two", IMAGE, "true"]);
  expect(await engine.ok(["inspect", "--format", "{{.Name}} {{len .Args}}", "one", "two"])).toBe("one 0\ntwo 0");
  expect(
    await engine.ok([
      "inspect",
      "-f",
      '{{range .Config.Env}}{{if eq . "PATH=/usr/sbin:/usr/bin:/sbin:/bin"}}found{{end}}{{end}}',
      "one",
    ]),
  ).toBe("found");
  expect(await engine.ok(["inspect", "--format", "{{.Id}}", IMAGE])).toContain(engine.images.get(IMAGE)?.id ?? "-");
  expect(await engine.ok(["image", "inspect", "--format", "{{json .Config.Cmd}}", IMAGE])).toBe('["/bin/sh"]');
  const partly = await engine.run(["inspect", "--format", "{{.Name}}", "one", "nonesuch"]);
  expect({ code: partly.code, stdout: partly.stdout }).toEqual({ code: 125, stdout: "one\n" });
  expect(partly.stderr).toContain('"nonesuch"');
  expect((await engine.run(["inspect", "--type", "container", IMAGE])).code).toBe(125);
  expect((await engine.run(["container", "inspect", "one"])).code).toBe(0);
});

test("inspect shows how a container ended", async () => {
  await engine.run(["run", "--name", "failed", IMAGE, "sh", "-c", "exit 9"]);
  const state = JSON.parse(await engine.ok(["inspect", "--format", "{{json .State}}", "failed"])) as Record<
    string,
    unknown
  >;
  expect(state).toMatchObject({ Status: "exited", Running: false, Pid: 0, ExitCode: 9 });
  const [started, finished] = [Date.parse(String(state["StartedAt"])), Date.parse(String(state["FinishedAt"]))];
  expect(finished).toBeGreaterThanOrEqual(started);
  expect(Date.now() - started).toBeLessThan(60_000);
});

test("a container is found by the beginning of its id as long as that is only one's", async () => {
  const ids = await Promise.all(Array.from({ length: 20 }, () => engine.ok(["create", IMAGE, "true"])));
  const [first = ""] = ids;
  expect(await engine.ok(["inspect", "--format", "{{.Id}}", first.slice(0, 10)])).toBe(first);
  const seen = new Map<string, number>();
  for (const id of ids) seen.set(id.slice(0, 1), (seen.get(id.slice(0, 1)) ?? 0) + 1);
  const ambiguous = [...seen].find(([, count]) => count > 1)?.[0] ?? "";
  const { code, stderr } = await engine.run(["rm", ambiguous]);
  expect(code).toBe(125);
  expect(stderr).toContain("more than one");
});
