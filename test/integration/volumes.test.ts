import { expect, test } from "bun:test";
import { existsSync, mkdirSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { IMAGE, TestEngine, useEngine } from "../fixtures/engine.ts";
import { runTool } from "../fixtures/image.ts";

const engine = useEngine({
  images: [{ name: "data:1", files: { "data/seed": "from the image\n" }, process: { volumes: ["/declared"] } }],
});

const names = async (...options: string[]) => (await engine.ok(["volume", "ls", "-q", ...options])).split("\n");
const document = async (name: string) =>
  JSON.parse(await engine.ok(["volume", "inspect", name]))[0] as Record<string, unknown>;
const isMounted = (path: string) => Bun.spawnSync(["mountpoint", "-q", path]).exitCode === 0;
const data = (name: string) => join(engine.root, "volumes", name, "_data");

test("a volume is created, listed, inspected by a part of its name, and removed with its data", async () => {
  expect(await engine.ok(["volume", "create", "--label", "a=b", "first"])).toBe("first");
  expect(await engine.ok(["volume", "ls"])).toBe("DRIVER      VOLUME NAME\nlocal       first");
  expect(await engine.ok(["volume", "ls", "--noheading", "--format", "{{.Name}} {{.Labels.a}}"])).toBe("first b");
  expect(await document("fir")).toMatchObject({
    Name: "first",
    Driver: "local",
    Scope: "local",
    Mountpoint: data("first"),
    Labels: { a: "b" },
    Options: {},
    MountCount: 0,
  });
  expect((await engine.run(["volume", "exists", "first"])).code).toBe(0);
  const again = await engine.run(["volume", "create", "first"]);
  expect([again.code, again.stderr]).toEqual([125, expect.stringContaining("volume already exists")]);
  expect(await engine.ok(["volume", "create", "--ignore", "first"])).toBe("first");
  writeFileSync(join(data("first"), "file"), "x");
  expect(await engine.ok(["volume", "rm", "first"])).toBe("first");
  expect(existsSync(join(engine.root, "volumes/first"))).toBe(false);
  expect((await engine.run(["volume", "exists", "first"])).code).toBe(1);
  const gone = await engine.run(["volume", "rm", "first"]);
  expect([gone.code, gone.stderr]).toEqual([1, expect.stringContaining("no such volume")]);
});

test("a volume that a container has, running or not, is removed with --force only, and the container with it", async () => {
  const id = await engine.ok(["create", "-v", "used:/data", IMAGE, "true"]);
  const { code, stderr } = await engine.run(["volume", "rm", "used"]);
  expect([code, stderr]).toEqual([2, expect.stringContaining(id.slice(0, 12))]);
  expect(await engine.ok(["volume", "rm", "--force", "used"])).toBe("used");
  expect((await engine.run(["inspect", id])).code).toBe(125);
});

test("filters choose by name, label, use and age, and one that is unknown is refused", async () => {
  await engine.ok(["volume", "create", "--label", "role=db", "db1"]);
  await engine.ok(["volume", "create", "--label", "role=web", "web1"]);
  await engine.ok(["create", "-v", "web1:/data", "-v", "/anonymous", IMAGE, "true"]);
  expect(await names("--filter", "name=^db1$")).toEqual(["db1"]);
  expect(await names("--filter", "label=role")).toEqual(["db1", "web1"]);
  expect(await names("--filter", "label!=role=db", "--filter", "anonymous=false")).toEqual(["web1"]);
  expect(await names("--filter", "dangling=true")).toEqual(["db1"]);
  expect(await names("--filter", "since=db1", "--filter", "anonymous=false")).toEqual(["web1"]);
  expect(await names("--filter", "until=1h")).toEqual([""]);
  const unknown = await engine.run(["volume", "ls", "--filter", "colour=red"]);
  expect([unknown.code, unknown.stderr]).toEqual([
    125,
    expect.stringContaining('"colour" is an invalid volume filter'),
  ]);
  expect(await engine.ok(["volume", "prune", "--force", "--filter", "label=role=web"])).toBe("");
  expect(await engine.ok(["volume", "prune", "--force", "--filter", "all=false"])).toBe("");
  expect(await engine.ok(["volume", "prune", "--force"])).toBe("db1");
  await engine.ok(["rm", "--all", "--volumes"]);
  await engine.ok(["volume", "rm", "--all"]);
});

test("prune asks, and takes no answer for no", async () => {
  await engine.ok(["volume", "create", "asked"]);
  expect((await engine.run(["volume", "prune"])).stderr).toContain("asked\n");
  expect(await names()).toEqual(["asked"]);
  expect(await engine.ok(["volume", "prune"], { stdin: "y\n" })).toBe("asked");
});

test("a volume of type tmpfs is mounted while a container uses it, and unmounted after the last one", async () => {
  await engine.ok(["volume", "create", "--opt", "type=tmpfs", "--opt", "o=size=4m,mode=700", "memory"]);
  expect(isMounted(data("memory"))).toBe(false);
  const script = "df -k /m | tail -1 | awk '{print $2}'; touch /m/x; stat -c %a /m";
  expect(await engine.ok(["run", "--rm", "-v", "memory:/m", IMAGE, "sh", "-c", script])).toBe("4096\n700");
  expect(isMounted(data("memory"))).toBe(false);
  const id = await engine.detached(["-v", "memory:/m"], "sleep", "100");
  expect(isMounted(data("memory"))).toBe(true);
  expect((await document("memory"))["MountCount"]).toBe(1);
  await engine.ok(["rm", "-f", id]);
  expect(isMounted(data("memory"))).toBe(false);
  await engine.ok(["volume", "rm", "memory"]);
});

test("a volume bound to a folder of the host leaves that folder's files when it is removed, held or not", async () => {
  const host = engine.path("bound");
  mkdirSync(host);
  writeFileSync(join(host, "precious"), "kept");
  await engine.ok(["volume", "create", "--opt", "type=none", "--opt", "o=bind", "--opt", `device=${host}`, "bound"]);
  expect(await engine.ok(["run", "--rm", "-v", "bound:/b", IMAGE, "ls", "/b"])).toBe("precious");
  expect(await engine.ok(["volume", "mount", "bound"])).toBe(data("bound"));
  expect(existsSync(join(data("bound"), "precious"))).toBe(true);
  await engine.ok(["run", "--rm", "-v", "bound:/b", IMAGE, "true"]);
  expect(isMounted(data("bound"))).toBe(true);
  expect(await engine.ok(["volume", "unmount", "bound"])).toBe("bound");
  expect(isMounted(data("bound"))).toBe(false);
  await engine.ok(["volume", "mount", "bound"]);
  await engine.ok(["volume", "rm", "bound"]);
  expect(existsSync(join(host, "precious"))).toBe(true);
});

test("an anonymous volume with a device goes with its container, the files on the device stay", async () => {
  const host = engine.path("device");
  mkdirSync(host);
  writeFileSync(join(host, "precious"), "kept");
  const mount = `type=volume,dst=/b,volume-opt=type=none,volume-opt=o=bind,volume-opt=device=${host},volume-label=x=y`;
  expect(await engine.ok(["run", "--rm", "--mount", mount, IMAGE, "ls", "/b"])).toBe("precious");
  expect(await names()).toEqual([""]);
  expect(existsSync(join(host, "precious"))).toBe(true);
});

test("an image of a file system is mounted where this host has loop devices", async () => {
  const file = engine.path("disk.ext4");
  await runTool(["truncate", "-s", "8M", file]);
  await runTool(["/sbin/mkfs.ext4", "-q", file]);
  await engine.ok(["volume", "create", "--opt", "type=ext4", "--opt", "o=loop", "--opt", `device=${file}`, "disk"]);
  const { code, stdout, stderr } = await engine.run(["run", "--rm", "-v", "disk:/d", IMAGE, "ls", "/d"]);
  // Else the error says what mount(8) said of it.
  if (code === 0) expect(stdout).toBe("lost+found\n");
  else expect(stderr).toMatch(/cannot mount the device ".*disk.ext4" of volume "disk": mount: .*loop/);
  await engine.ok(["volume", "rm", "disk"]);
});

test("a device that cannot be mounted is named with its cause, and nothing of the start is left", async () => {
  await engine.ok(["volume", "create", "--opt", "type=none", "--opt", "o=bind", "--opt", "device=/nonesuch", "no"]);
  const { code, stderr } = await engine.run(["run", "--rm", "-v", "no:/d", IMAGE, "true"]);
  expect([code, stderr]).toEqual([125, expect.stringMatching(/"\/nonesuch" of volume "no": .*does not exist/)]);
  await engine.ok(["volume", "rm", "no"]);
});

test("a volume belongs to who it was made for", async () => {
  await engine.ok(["volume", "create", "--uid", "1000", "--gid", "2000", "owned"]);
  expect(statSync(data("owned"))).toMatchObject({ uid: 1000, gid: 2000 });
  const stat = ["stat", "-c", "%u:%g"];
  expect(await engine.ok(["run", "--rm", "-v", "owned:/data", "data:1", ...stat, "/data"])).toBe("1000:2000");
  expect(await document("owned")).toMatchObject({ UID: 1000, GID: 2000 });
  await engine.ok(["volume", "rm", "owned"]);
});

test("a volume that wants no copy stays empty", async () => {
  await engine.ok(["volume", "create", "--opt", "nocopy", "empty"]);
  expect(await engine.ok(["run", "--rm", "-v", "empty:/data", "data:1", "ls", "-A", "/data"])).toBe("");
  await engine.ok(["volume", "rm", "empty"]);
});

test("options that cannot be kept are refused by name", async () => {
  const cases: readonly (readonly [string[], RegExp])[] = [
    [["--opt", "foo=bar"], /invalid mount option foo for driver 'local'/],
    [["--opt", "o=size=1g"], /cannot have a limit/],
    [["--opt", "o=ro"], /"ro" is for a mount/],
    [["--driver", "other"], /other/],
    [["--sharing", "all"], /Swarm/],
  ];
  for (const [options, pattern] of cases) {
    const { code, stderr } = await engine.run(["volume", "create", ...options, "refused"]);
    expect({ options, code }).toEqual({ options, code: 125 });
    expect(stderr).toMatch(pattern);
  }
  const bad = await engine.run(["run", "--rm", "--mount", "type=volume,dst=/x,volume-opt=foo=bar", IMAGE, "true"]);
  expect([bad.code, bad.stderr]).toEqual([125, expect.stringContaining("foo")]);
  expect(await names()).toEqual([""]);
});

test("what is exported from a volume comes back by import, owners, modes and times with it", async () => {
  const script =
    "cd /v; echo x >a; chown 12:34 a .; chmod 4750 a; chmod 700 .; ln a b; ln -s a l; mkdir .wh.d; touch -d @5 a";
  await engine.ok(["run", "--rm", "-v", "out:/v", IMAGE, "sh", "-c", script]);
  const file = engine.path("out.tar");
  await engine.ok(["volume", "export", "-o", file, "out"]);
  await engine.ok(["volume", "create", "in"]);
  await engine.ok(["volume", "import", "in", file]);
  const look = "cd /v; ls -A; stat -c '%a %u:%g %h %Y' b; stat -c '%a %u:%g' .; readlink l";
  expect(await engine.ok(["run", "--rm", "-v", "in:/v", IMAGE, "sh", "-c", look])).toBe(
    ".wh.d\na\nb\nl\n4750 12:34 2 5\n700 12:34\na",
  );
  const piped = await runTool(["gzip", "-k", file]).then(() => Bun.file(`${file}.gz`).bytes());
  await engine.ok(["volume", "create", "--opt", "type=tmpfs", "device"]);
  await engine.ok(["volume", "import", "device", "-"], { stdin: piped });
  expect(isMounted(data("device"))).toBe(false);
  const broken = await engine.run(["volume", "import", "in"], { stdin: "no archive" });
  expect([broken.code, broken.stderr]).toEqual([125, expect.stringContaining("archive")]);
  await engine.ok(["volume", "rm", "--all"]);
});

test("a volume with something mounted in it by hand is removed only when that is gone, and never through it", async () => {
  await engine.ok(["volume", "create", "busy"]);
  const inner = join(engine.root, "volumes/busy/_data/inner");
  const precious = engine.path("busy");
  mkdirSync(precious);
  writeFileSync(join(precious, "f"), "p");
  mkdirSync(inner);
  await runTool(["mount", "--bind", precious, inner]);
  const { code, stderr } = await engine.run(["volume", "rm", "busy"]);
  expect([code, stderr]).toEqual([2, expect.stringContaining("mounted")]);
  expect(readdirSync(precious)).toEqual(["f"]);
  await runTool(["umount", inner]);
  expect(await engine.ok(["volume", "rm", "busy"])).toBe("busy");
});

test("the lock of a volume whose removal was killed at its very end goes with the next check", async () => {
  const [gone, pod] = ["volume-gone", `pod-${"a".repeat(64)}`].map((name) => join(engine.runRoot, "locks", name));
  for (const path of [gone, pod]) writeFileSync(path ?? "", "");
  await engine.expectClean();
  expect([gone, pod].filter((path) => existsSync(path ?? ""))).toEqual([]);
});

test("system reset unmounts what is held before it deletes anything", async () => {
  const other = new TestEngine();
  const host = engine.path("reset");
  mkdirSync(host);
  writeFileSync(join(host, "precious"), "kept");
  await other.load();
  await other.ok(["volume", "create", "--opt", "type=bind", "--opt", `device=${host}`, "held"]);
  await other.ok(["volume", "mount", "held"]);
  const root = await other.ok(["mount", await other.ok(["create", IMAGE, "true"])]);
  expect([isMounted(join(other.root, "volumes/held/_data")), isMounted(root)]).toEqual([true, true]);
  await other.dispose();
  expect(existsSync(other.folder)).toBe(false);
  expect(existsSync(join(host, "precious"))).toBe(true);
});
