import { describe, expect, test } from "bun:test";
import { existsSync, lstatSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { eventually, IMAGE, runCommand, testRuntimes, useEngine } from "../fixtures/engine.ts";

const engine = useEngine({
  images: [
    {
      name: "own:1",
      files: { "etc/passwd": "root:x:0:0::/root:/bin/sh\nbig:x:3000:3000::/:/bin/sh\n", "etc/group": "big:x:3000:\n" },
    },
  ],
});

type Mapping = { readonly UidMap: readonly string[]; readonly GidMap: readonly string[] };

async function mapping(id: string): Promise<Mapping> {
  return JSON.parse(await engine.ok(["inspect", "--format", "{{json .HostConfig.IDMappings}}", id])) as Mapping;
}

for (const { name: runtime, why } of testRuntimes()) {
  const title = why === undefined ? `with ${runtime}` : `with ${runtime}, skipped: ${why}`;
  describe.skipIf(why !== undefined)(title, () => {
    const run = async (options: readonly string[], ...command: string[]) =>
      await engine.ok(["--runtime", runtime, "run", "--rm", ...options, IMAGE, ...command]);
    const words = (text: string) => text.split("\n").map((line) => line.trim().split(/\s+/).join(":"));

    test("ids are mapped as asked for, the groups' as the users' unless they are named too", async () => {
      const maps = ["sh", "-c", "cat /proc/self/uid_map; echo; cat /proc/self/gid_map"];
      const both = await run(["--uidmap", "0:100000:5000"], ...maps);
      expect(words(both)).toEqual(["0:100000:5000", "", "0:100000:5000"]);
      const apart = await run(["--uidmap", "0:100000:1", "--uidmap", "1:200000:10", "--gidmap", "0:300000:7"], ...maps);
      expect(words(apart)).toEqual(["0:100000:1", "1:200000:10", "", "0:300000:7"]);
      const cut = await run(["--uidmap", "0:100000:100,+7:@1007:1"], ...maps);
      expect(words(cut).slice(0, 3)).toEqual(["0:100000:7", "7:1007:1", "8:100008:92"]);
    });

    test("the host's /dev/null stays root's, though it is the container's stdin", async () => {
      await run(["--uidmap", "0:100000:5000"], "true");
      const { uid, gid, mode } = statSync("/dev/null");
      expect({ uid, gid, mode: mode & 0o777 }).toEqual({ uid: 0, gid: 0, mode: 0o666 });
    });

    test("the image's files are root's, and root can change them all, while nothing is copied", async () => {
      const id = await engine.ok([
        "--runtime",
        runtime,
        "run",
        "-d",
        "--uidmap",
        "0:100000:5000",
        IMAGE,
        "sh",
        "-c",
        "touch /made /bin/made; chown 7:8 /bin/made; rm /etc/passwd; echo x >>/etc/hosts; ls -ln /bin; sleep 1000",
      ]);
      const [upper, pid] = (
        await engine.ok(["inspect", "--format", "{{.GraphDriver.Data.UpperDir}} {{.State.Pid}}", id])
      ).split(" ") as [string, string];
      expect(await engine.ok(["exec", id, "id", "-u"])).toBe("0");
      await eventually(
        () => statSync(`/proc/${pid}`).uid,
        (uid) => uid === 100_000,
      );
      const listed = await engine.ok(["exec", id, "ls", "-ln", "/bin/busybox", "/bin/made", "/made", "/etc/hosts"]);
      expect(listed.split("\n").map((line) => line.trim().split(/\s+/).slice(2, 4).join(":"))).toEqual([
        "0:0",
        "7:8",
        "0:0",
        "0:0",
      ]);
      // On disk owners are the container's own, and what it did not touch is not there.
      expect(lstatSync(join(upper, "bin/made"))).toMatchObject({ uid: 7, gid: 8 });
      expect(lstatSync(join(upper, "made")).uid).toBe(0);
      expect(existsSync(join(upper, "bin/busybox"))).toBe(false);
    });

    test("a container with mapped ids has network, devices, limits and a terminal as any other", async () => {
      const options = ["--userns", "auto", "--memory", "64m", "--sysctl", "net.ipv4.tcp_keepalive_time=77", "-t"];
      const script = `
        ip -o addr show eth0 | grep -c 'inet '; echo x >/dev/null && head -c 2 /dev/zero | wc -c
        cat /proc/sys/net/ipv4/tcp_keepalive_time; stat -c %u /dev/pts/0; mount | grep -c ' /sys type sysfs'`;
      expect((await run(options, "sh", "-c", script)).replaceAll("\r", "").split("\n")).toEqual([
        "1",
        "2",
        "77",
        "0",
        "1",
      ]);
      expect(
        await run(["--userns", "auto", "--network", "host"], "sh", "-c", "ls /sys/class/net | grep -c lo"),
      ).not.toBe("0");
      expect(await run(["--userns", "auto", "--network", "none"], "ip", "-o", "addr")).toContain("127.0.0.1");
      expect(await run(["--userns", "auto", "--pid", "host"], "cat", "/proc/1/comm")).not.toBe("cat");
      expect(await run(["--userns", "auto", "--ipc", "host"], "true")).toBe("");
    });

    test("root of a container has no power over what is not mapped to it", async () => {
      const secret = engine.path(`secret-${runtime}`);
      writeFileSync(secret, "secret", { mode: 0o600 });
      const { stderr } = await engine.run([
        "--runtime",
        runtime,
        "run",
        "--rm",
        "--userns",
        "auto",
        "-v",
        `${secret}:/secret`,
        IMAGE,
        "sh",
        "-c",
        "cat /secret; chown 0 /secret; mknod /d b 8 0",
      ]);
      expect(stderr.match(/Permission denied|not permitted|Invalid argument/gi)?.length).toBe(3);
    });

    test("auto gives each container ids that no other has, and keeps them over a restart", async () => {
      const ids = await Promise.all(
        Array.from(
          { length: 4 },
          async () =>
            await engine.ok(["--runtime", runtime, "run", "-d", "--userns", "auto:size=5000", IMAGE, "sleep", "1000"]),
        ),
      );
      const maps = await Promise.all(ids.map(mapping));
      const firsts = maps.map(({ UidMap }) => Number(UidMap[0]?.split(":")[1])).toSorted((a, b) => a - b);
      for (const [index, first] of firsts.entries())
        expect((firsts[index + 1] ?? Infinity) - first).toBeGreaterThanOrEqual(5000);
      const [id = ""] = ids;
      await engine.ok(["stop", "-t", "0", id]);
      await engine.ok(["start", id]);
      expect(words(await engine.ok(["exec", id, "cat", "/proc/self/uid_map"]))).toEqual([...(maps[0]?.UidMap ?? [])]);
    });

    test("auto gives as many ids as the image's users need, and maps further ones by hand", async () => {
      const id = await engine.ok(["create", "--runtime", runtime, "--userns", "auto", "own:1", "true"]);
      expect((await mapping(id)).UidMap.map((range) => range.split(":")[2])).toEqual(["3001"]);
      const mapped = await engine.ok(["create", "--userns", "auto:size=10,uidmapping=3:1003:1", IMAGE, "true"]);
      expect((await mapping(mapped)).UidMap.map((range) => range.split(":").toSpliced(1, 1).join(":"))).toEqual([
        "0:3",
        "3:1",
        "4:6",
      ]);
    });

    test("keep-id makes a user namespace in which every id is itself", async () => {
      expect(words(await run(["--userns", "keep-id"], "cat", "/proc/self/uid_map"))).toEqual(["0:0:4294967295"]);
      expect(await run(["--userns", "host"], "readlink", "/proc/self/ns/user")).not.toBe(
        await run(["--userns", "keep-id"], "readlink", "/proc/self/ns/user"),
      );
    });

    test("a user namespace is shared with another container, or joined at a path", async () => {
      const donor = await engine.ok([
        "--runtime",
        runtime,
        "run",
        "-d",
        "--name",
        "donor",
        "--userns",
        "auto",
        IMAGE,
        "sleep",
        "1000",
      ]);
      const pid = await engine.ok(["inspect", "--format", "{{.State.Pid}}", donor]);
      const script = ["sh", "-c", "readlink /proc/self/ns/user; touch /made; stat -c %u:%g /made /bin/busybox"];
      const wanted = [await engine.ok(["exec", "donor", "readlink", "/proc/self/ns/user"]), "0:0", "0:0"];
      expect((await run(["--userns", "container:donor"], ...script)).split("\n")).toEqual(wanted);
      const all = ["network", "pid", "ipc", "uts"].flatMap((kind) => [`--${kind}`, "container:donor"]);
      expect((await run(["--userns", "container:donor", ...all], ...script)).split("\n")).toEqual(wanted);
      expect((await run(["--userns", `ns:/proc/${pid}/ns/user`], ...script)).split("\n")).toEqual(wanted);
    });

    test("a volume keeps the container's own owners on disk", async () => {
      const options = ["-v", `v-${runtime}:/data`];
      await run([...options, "--uidmap", "0:100000:5000"], "sh", "-c", "touch /data/a; chown 7 /data/a");
      expect(
        await run(
          [...options, "--uidmap", "0:200000:5000"],
          "sh",
          "-c",
          "touch /data/b; stat -c %u /data/a /data/b /data",
        ),
      ).toBe("7\n0\n0");
      expect(await run(options, "stat", "-c", "%u", "/data/a")).toBe("7");
    });
  });
}

const SUBORDINATE = existsSync("/etc/subuid")
  ? readFileSync("/etc/subuid", "utf8")
      .split("\n")
      .find((line) => /^[\w-]+:\d+:\d+$/.test(line))
  : undefined;

test.skipIf(SUBORDINATE === undefined)("the ids of a name come from the files of subordinate ids", async () => {
  const [name = "", first, count] = SUBORDINATE?.split(":") ?? [];
  const id = await engine.ok(["create", "--subuidname", name, IMAGE, "true"]);
  expect((await mapping(id)).UidMap).toEqual([`0:${first}:${count}`]);
});

test("user namespaces that cannot be are refused by name", async () => {
  for (const [options, words] of [
    [["--userns", "nomap"], "--userns nomap"],
    [["--userns", "private"], "--userns"],
    [["--userns", "nonesuch"], '--userns: "nonesuch"'],
    [["--userns", "auto:size=0"], "--userns"],
    [["--userns", "keep-id:uid=7"], "--userns"],
    [["--userns", "auto", "--uidmap", "0:1:1"], "--userns"],
    [["--uidmap", "x"], 'cannot map ids by "x"'],
    [["--uidmap", "0:1000:10", "--uidmap", "5:9000:1"], "overlaps"],
    [["--subuidname", "nonesuch"], '/etc/subuid gives no ids to "nonesuch"'],
    [["--userns", "auto:size=4294967295"], "free ids"],
  ] as const) {
    const { code, stderr } = await engine.run(["run", "--rm", ...options, IMAGE, "true"]);
    expect({ options, code }).toEqual({ options, code: 125 });
    expect(stderr).toContain(words);
  }
});

test("what leaves a container with mapped ids has the owners that it has inside", async () => {
  const id = await engine.detached(
    ["--userns", "auto"],
    "sh",
    "-c",
    "mkdir /d; touch /d/a; chown 7:8 /d/a; sleep 1000",
  );
  await eventually(
    async () => await engine.run(["exec", id, "stat", "-c", "%u", "/d/a"]),
    ({ stdout }) => stdout === "7\n",
  );
  const { bytes } = await engine.run(["export", id]);
  const listed = await runCommand(["tar", "--numeric-owner", "-tvf", "-"], { stdin: bytes });
  expect(listed.stdout).toMatch(/ 7\/8 .* d\/a\n/);
  await engine.ok(["commit", "-q", id, "made:1"]);
  expect(await engine.ok(["run", "--rm", "made:1", "stat", "-c", "%u:%g", "/d/a"])).toBe("7:8");
  writeFileSync(engine.path("in"), "x");
  await engine.ok(["cp", engine.path("in"), `${id}:/d/in`]);
  expect(await engine.ok(["exec", id, "stat", "-c", "%u", "/d/in"])).toBe("0");
});

test("a mounted image and an overlay of a volume have the container's own owners too", async () => {
  const options = [
    "--rm",
    "--userns",
    "auto",
    "--mount",
    `type=image,source=${IMAGE},target=/image,rw=true`,
    "-v",
    "layered:/v:O",
  ];
  const script = "touch /image/bin/new /v/new && stat -c %u:%g /image/bin/busybox /image/bin/new /v /v/new";
  expect(await engine.ok(["run", ...options, IMAGE, "sh", "-c", script])).toBe("0:0\n0:0\n0:0\n0:0");
});
