import { describe, expect, test } from "bun:test";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { eventually, IMAGE, testRuntimes, useEngine } from "../fixtures/engine.ts";
import { runTool } from "../fixtures/image.ts";

const engine = useEngine({ images: [{ name: "user:1", process: { user: "1000:2000", workingDir: "/home/user" } }] });

function folder(name: string, files: Record<string, string> = {}): string {
  const path = engine.path(name);
  mkdirSync(path, { recursive: true });
  for (const [file, text] of Object.entries(files)) {
    mkdirSync(join(path, file, ".."), { recursive: true });
    writeFileSync(join(path, file), text);
  }
  return path;
}

const cat = async (id: string, path: string) => await engine.ok(["exec", id, "cat", path]);

for (const { name: runtime, why } of testRuntimes()) {
  const title = why === undefined ? `with ${runtime}` : `with ${runtime}, skipped: ${why}`;
  describe.skipIf(why !== undefined)(title, () => {
    for (const state of ["running", "created", "stopped"]) {
      const make = async (...options: string[]): Promise<string> => {
        const verb = state === "running" ? ["run", "-d"] : ["create"];
        const command = state === "stopped" ? ["true"] : ["sleep", "100"];
        const id = await engine.ok(["--runtime", runtime, ...verb, ...options, IMAGE, ...command]);
        if (state === "stopped") await engine.ok(["start", "--attach", id]);
        return id;
      };

      test(`files and folders go in and out of a ${state} container by the peers' rules`, async () => {
        const host = folder(`in-${runtime}-${state}`, { "d/one": "1\n", "d/sub/two": "2\n", file: "f\n" });
        const out = folder(`out-${runtime}-${state}`);
        const id = await make();
        const cp = async (from: string, to: string) => await engine.ok(["cp", from, to]);
        await cp(`${host}/file`, `${id}:/tmp`);
        await cp(`${host}/file`, `${id}:/tmp/renamed`);
        await cp(`${host}/d`, `${id}:/tmp`);
        await cp(`${host}/d`, `${id}:/tmp/new`);
        await cp(`${host}/d/.`, `${id}:/tmp/new/sub`);
        await cp(`${id}:/tmp`, out);
        const seen = (await runTool(["find", ".", "-type", "f"], { cwd: join(out, "tmp") })).trim().split("\n").sort();
        expect(seen).toEqual(
          [
            ".keep",
            "d/one",
            "d/sub/two",
            "file",
            "new/one",
            "new/sub/one",
            "new/sub/sub/two",
            "new/sub/two",
            "renamed",
          ].map((path) => `./${path}`),
        );
        await cp(`${id}:/tmp/renamed`, join(out, "named"));
        expect(readFileSync(join(out, "named"), "utf8")).toBe("f\n");
      });

      test(`what is mounted in a ${state} container is part of it`, async () => {
        const host = folder(`mounted-${runtime}-${state}`, { there: "t\n" });
        const volume = `v-${runtime}-${state}`;
        const id = await make("-v", `${volume}:/tmp/v`, "-v", `${host}:/tmp/b`, "-v", `${host}:/tmp/ro:ro`);
        await engine.ok(["cp", `${host}/there`, `${id}:/tmp/v/came`]);
        expect(readFileSync(join(engine.root, "volumes", volume, "_data/came"), "utf8")).toBe("t\n");
        await engine.ok(["cp", "-", `${id}:/tmp`], { stdin: await archive({ "b/both": "b\n", "v/both": "b\n" }) });
        expect(readFileSync(join(host, "both"), "utf8")).toBe("b\n");
        expect(readFileSync(join(engine.root, "volumes", volume, "_data/both"), "utf8")).toBe("b\n");
        const { bytes } = await engine.run(["cp", `${id}:/tmp`, "-"]);
        expect(await list(bytes)).toEqual(expect.arrayContaining(["tmp/v/came", "tmp/b/there", "tmp/ro/both"]));
        const refused = await engine.run(["cp", `${host}/there`, `${id}:/tmp/ro/no`]);
        expect([refused.code, refused.stderr]).toEqual([125, expect.stringMatching(/read-only/i)]);
      });
    }

    for (const state of ["running", "created"]) {
      test(`ids of a ${state} container with a user namespace are its own, in and out`, async () => {
        const host = folder(`ids-${runtime}-${state}`, { f: "f\n", kept: "k\n" });
        await runTool(["chown", "7:8", join(host, "kept")]);
        const maps = ["--uidmap", "0:100000:3000", "--gidmap", "0:200000:3000"];
        const volume = `ids-${runtime}-${state}`;
        const make = ["--runtime", runtime, ...(state === "running" ? ["run", "-d"] : ["create"]), ...maps];
        const script = "cd /v; stat -c '%n %u:%g' * /etc/kept; sleep 100";
        const command = state === "running" ? ["sleep", "100"] : ["sh", "-c", script];
        const id = await engine.ok([...make, "-u", "1000:2000", "-v", `${volume}:/v`, IMAGE, ...command]);
        await engine.ok(["cp", join(host, "f"), `${id}:/v/given`]);
        await engine.ok(["cp", "--archive=false", join(host, "kept"), `${id}:/v/kept`]);
        await engine.ok(["cp", "--archive=false", join(host, "kept"), `${id}:/etc/kept`]);
        await engine.ok(["cp", `${id}:/v/kept`, join(host, "out")]);
        expect(statSync(join(host, "out"))).toMatchObject({ uid: 0, gid: 0 });
        const { bytes } = await engine.run(["cp", `${id}:/v`, "-"]);
        await Bun.write(engine.path("ids.tar"), bytes);
        const listed = await runTool(["tar", "-tv", "--numeric-owner", "-f", engine.path("ids.tar")]);
        expect(listed).toMatch(/1000\/2000 .* v\/given\n.* 7\/8 .* v\/kept\n/);
        const owners = "given 1000:2000\nkept 7:8\n/etc/kept 7:8";
        if (state === "running")
          expect(await engine.ok(["exec", id, "sh", "-c", script.replace(/; sleep.*/, "")])).toBe(owners);
        else {
          await engine.ok(["start", id]);
          const logs = async () => await engine.ok(["logs", id]);
          expect(await eventually(logs, (text) => text.split("\n").length === 3)).toBe(owners);
        }
      });
    }

    test("a link that a container swaps under the copy never leads out of its root", async () => {
      const host = folder(`bait-${runtime}`, { f: "bait\n" });
      const goal = folder(`goal-${runtime}`, { secret: "of the host\n", "d/secret": "of the host\n" });
      const loot = folder(`loot-${runtime}`);
      const swap = `mkdir /real; cd /; while :; do ln -sfn ${goal} way; ln -sfn real way; done`;
      const id = await engine.ok(["--runtime", runtime, "run", "-d", IMAGE, "sh", "-c", swap]);
      await engine.ok(["exec", id, "sh", "-c", "until test -d /real; do sleep 0.01; done"]);
      for (let count = 0; count < 12; count++) {
        await engine.run(["cp", `${host}/f`, `${id}:/way/f`]);
        await engine.run(["cp", host, `${id}:/way/d`]);
        await engine.run(["cp", `${id}:/way/secret`, loot]);
        await engine.run(["cp", `${id}:/way/.`, loot]);
      }
      expect(readdirSync(goal).toSorted()).toEqual(["d", "secret"]);
      expect(readdirSync(join(goal, "d"))).toEqual(["secret"]);
      expect(existsSync(join(loot, "secret"))).toBe(false);
      await engine.ok(["cp", `${host}/f`, `${id}:/real/f`]);
    }, 60_000);
  });
}

/** A tar archive of these files. */
async function archive(files: Record<string, string>): Promise<Uint8Array> {
  const path = folder(`archive-${Object.keys(files).join("-").replaceAll("/", "_")}`, files);
  await runTool(["tar", "-C", path, "-cf", `${path}.tar`, ...Object.keys(files)]);
  return await Bun.file(`${path}.tar`).bytes();
}

async function list(bytes: Uint8Array): Promise<string[]> {
  const path = engine.path("list.tar");
  await Bun.write(path, bytes);
  return (await runTool(["tar", "-tf", path])).trim().split("\n");
}

test("modes, times and links come along; what comes in is the container's user's, or keeps its ids", async () => {
  const host = folder("attributes", { "d/file": "x\n" });
  await runTool(["chown", "77:88", join(host, "d/file")]);
  symlinkSync("file", join(host, "d/link"));
  await runTool(["ln", join(host, "d/file"), join(host, "d/twin")]);
  chmodSync(join(host, "d/file"), 0o4751);
  await runTool(["touch", "-d", "@5", join(host, "d/file")]);
  const id = await engine.ok(["run", "-d", "user:1", "sleep", "100"]);
  await engine.ok(["cp", join(host, "d"), `${id}:mine`]);
  await engine.ok(["cp", "--archive=false", join(host, "d"), `${id}:theirs`]);
  const look = (name: string) => ["exec", id, "stat", "-c", "%a %u:%g %h %Y", `/home/user/${name}/twin`];
  expect(await engine.ok(look("mine"))).toBe("4751 1000:2000 2 5");
  expect(await engine.ok(look("theirs"))).toBe("4751 77:88 2 5");
  const out = folder("attributes-out");
  await engine.ok(["cp", `${id}:/home/user/theirs/.`, out]);
  expect(readlinkSync(join(out, "link"))).toBe("file");
  expect(statSync(join(out, "file"))).toMatchObject({ uid: 0, gid: 0, nlink: 2, mtimeMs: 5000 });
  await engine.ok(["cp", `${id}:/home/user/theirs/link`, join(out, "followed")]);
  expect(readFileSync(join(out, "followed"), "utf8")).toBe("x\n");
  await engine.ok(["cp", "--follow-link=false", `${id}:/home/user/theirs/link`, join(out, "kept")]);
  expect(readlinkSync(join(out, "kept"))).toBe("file");
});

test("container to container, running or not, and within one", async () => {
  const running = await engine.detached([], "sleep", "100");
  const created = await engine.ok(["create", IMAGE, "cat", "/etc/copied", "/etc/again"]);
  await engine.ok(["exec", running, "sh", "-c", "echo hello >/word"]);
  await engine.ok(["cp", `${running}:/word`, `${created}:/etc/copied`]);
  await engine.ok(["cp", `${created}:/etc/copied`, `${created}:/etc/again`]);
  await engine.ok(["cp", `${created}:/etc/copied`, `${running}:/back`]);
  expect(await cat(running, "/back")).toBe("hello");
  expect(await engine.ok(["start", "--attach", created])).toBe("hello\nhello");
});

test("a file that is mounted, such as /etc/hosts, is written anew", async () => {
  const host = folder("hosts", { hosts: "127.0.0.1 me\n" });
  const id = await engine.detached([], "sleep", "100");
  await engine.ok(["cp", join(host, "hosts"), `${id}:/etc/hosts`]);
  expect(await cat(id, "/etc/hosts")).toBe("127.0.0.1 me");
});

test("a volume that is copied into before the first start has the image's files, too", async () => {
  const id = await engine.ok(["create", "-v", "seeded:/etc", IMAGE, "true"]);
  await engine.ok(["cp", join(folder("seed", { new: "n\n" }), "new"), `${id}:/etc/new`]);
  expect(await engine.ok(["run", "--rm", "-v", "seeded:/s", IMAGE, "ls", "/s"])).toBe("group\nnew\npasswd");
});

test("folders and files take each other's place only with --overwrite", async () => {
  const host = folder("clash", { "d/x": "1\n", f: "2\n" });
  const id = await engine.detached([], "sh", "-c", "mkdir -p /t/f; touch /t/d; sleep 100");
  await engine.ok(["exec", id, "sh", "-c", "until test -e /t/d; do sleep 0.01; done"]);
  for (const name of ["d", "f"]) {
    const { code, stderr } = await engine.run(["cp", join(host, name), `${id}:/t`]);
    expect([code, stderr]).toEqual([125, expect.stringContaining("--overwrite")]);
    await engine.ok(["cp", "--overwrite", join(host, name), `${id}:/t`]);
  }
  expect(await cat(id, "/t/d/x")).toBe("1");
  expect(await cat(id, "/t/f")).toBe("2");
});

test("a shrunk tar or nothing at all on stdin is an error, a compressed one is unpacked", async () => {
  const id = await engine.detached([], "sleep", "100");
  const bytes = await archive({ zipped: "z\n" });
  await engine.ok(["cp", "-", `${id}:/tmp`], { stdin: Bun.gzipSync(new Uint8Array(bytes)) });
  expect(await cat(id, "/tmp/zipped")).toBe("z");
  for (const stdin of [bytes.subarray(0, 700), "no archive"]) {
    expect((await engine.run(["cp", "-", `${id}:/tmp`], { stdin })).code).toBe(125);
  }
});

test("a copy that is killed leaves nothing mounted but what check mends, and the container starts", async () => {
  await engine.ok(["volume", "create", "--opt", "type=tmpfs", "killed"]);
  const id = await engine.ok(["create", "-v", "killed:/v", "-v", "plain:/p", IMAGE, "sleep", "100"]);
  const child = Bun.spawn(engine.argv(["cp", "-", `${id}:/p`]), { stdin: "pipe", stdout: "ignore", stderr: "ignore" });
  const data = join(engine.root, "volumes/killed/_data");
  const isMounted = () => Bun.spawnSync(["mountpoint", "-q", data]).exitCode === 0;
  await eventually(isMounted, (mounted) => mounted);
  await engine.expectClean();
  child.kill("SIGKILL");
  await child.exited;
  const found = await engine.run(["system", "check", "--repair"]);
  expect(found.stdout).toContain("the device of volume killed is mounted, and nobody uses it (mended)");
  expect([isMounted(), existsSync(join(engine.root, "containers", id, "merged/bin"))]).toEqual([false, false]);
  await engine.ok(["start", id]);
  await engine.ok(["rm", "-f", id]);
  await engine.ok(["volume", "rm", "killed"]);
});

test("a container whose root is a folder of the host is copied into like any other", async () => {
  const root = folder("rootfs", { word: "w\n" });
  const out = folder("rootfs-out");
  const id = await engine.ok(["create", "--rootfs", root, "/word"]);
  await engine.ok(["cp", join(root, "word"), `${id}:/again`]);
  expect(readFileSync(join(root, "again"), "utf8")).toBe("w\n");
  const above = await engine.ok(["create", "--rootfs", `${root}:O`, "/word"]);
  await engine.ok(["cp", join(root, "word"), `${above}:/apart`]);
  await engine.ok(["cp", `${above}:/apart`, out]);
  expect([existsSync(join(root, "apart")), existsSync(join(out, "apart"))]).toEqual([false, true]);
});

test("what cannot be copied is named", async () => {
  const host = folder("wrong", { f: "x" });
  const id = await engine.ok(["create", "--name", "wrong", IMAGE, "true"]);
  const cases: readonly (readonly [string, string, RegExp])[] = [
    [`${host}/f`, host, /at least one container/],
    [`${host}/none`, "wrong:/", /"\/.*none" could not be found on the host/],
    ["wrong:/none", host, /"\/none" could not be found on container wrong/],
    [`${host}/f`, "wrong:/none/deep", /could not be found on container wrong/],
    [`${host}/f`, "wrong:/none/", /could not be found on container wrong/],
    [`${host}/f`, "wrong:/etc/passwd/", /is not a directory/],
    [host, "wrong:/etc/passwd", /destination must be a directory/],
    ["wrong:/etc", "wrong:/etc/sub", /into itself/],
    ["/dev/null", "wrong:/", /device/],
    [`${host}/f`, "nobody:/", /no such container/],
    ["-", "wrong:/none", /could not be found on container wrong/],
  ];
  for (const [from, to, pattern] of cases) {
    const { code, stderr } = await engine.run(["cp", from, to]);
    expect({ from, to, code }).toEqual({ from, to, code: 125 });
    expect(stderr).toMatch(pattern);
  }
  expect(id).toHaveLength(64);
});
