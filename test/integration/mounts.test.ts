import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import {
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmdirSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { IMAGE, testRuntimes, useEngine } from "../fixtures/engine.ts";
import { runTool } from "../fixtures/image.ts";

const engine = useEngine({
  images: [
    { name: "data:1", files: { "data/seed": "seed\n" }, process: { volumes: ["/declared"] } },
    { name: "other:1", files: { "only/here": "here\n" } },
  ],
});

function folder(name: string, files: Record<string, string> = {}): string {
  const path = engine.path(name);
  mkdirSync(path, { recursive: true });
  for (const [file, text] of Object.entries(files)) writeFileSync(join(path, file), text);
  return path;
}

const isMounted = (path: string) => Bun.spawnSync(["mountpoint", "-q", path]).exitCode === 0;
const volumeNames = async () => (await engine.ok(["volume", "ls", "-q"])).split("\n").filter((name) => name !== "");

// A mount of its own, so that its propagation can be chosen whatever the host's is.
const travelling = mkdtempSync(join(tmpdir(), "estiba-travelling-"));
beforeAll(async () => void (await runTool(["mount", "-t", "tmpfs", "tmpfs", travelling])));
afterAll(async () => {
  await runTool(["umount", "-R", travelling]);
  rmdirSync(travelling);
});

for (const { name: runtime, why } of testRuntimes()) {
  const title = why === undefined ? `with ${runtime}` : `with ${runtime}, skipped: ${why}`;
  describe.skipIf(why !== undefined)(title, () => {
    const attempt = async (...args: string[]) => await engine.run(["--runtime", runtime, "run", "--rm", ...args]);
    const run = async (...args: string[]) => await engine.ok(["--runtime", runtime, "run", "--rm", ...args]);

    test("an idmap shows owners as others, and what is made there is the first one's on disk", async () => {
      const host = folder(`idmap-${runtime}`, { f: "x\n" });
      for (const path of [host, join(host, "f")]) chownSync(path, 500, 600);
      const script = "stat -c %u:%g /m/f; touch /m/new";
      const mount = `${host}:/m:idmap=uids=500-0-1;gids=600-0-1`;
      expect(await run("-v", mount, IMAGE, "sh", "-c", script)).toBe("0:0");
      expect(statSync(join(host, "new"))).toMatchObject({ uid: 500, gid: 600 });
      const without = await attempt("-v", `${host}:/m:idmap`, IMAGE, "true");
      expect([without.code, without.stderr]).toEqual([125, expect.stringContaining("user namespace")]);
    });

    test("U gives a folder to the container's user without a change on disk", async () => {
      const host = folder(`user-${runtime}`, { f: "x\n" });
      for (const path of [host, join(host, "f")]) chownSync(path, 500, 600);
      const script = "stat -c %u:%g /m/f; touch /m/new && stat -c %u:%g /m/new";
      const mount = `type=bind,src=${host},dst=/m,U=true`;
      expect(await run("-u", "1000:1000", "--mount", mount, IMAGE, "sh", "-c", script)).toBe("1000:1000\n1000:1000");
      expect(statSync(join(host, "f"))).toMatchObject({ uid: 500, gid: 600 });
      expect(statSync(join(host, "new"))).toMatchObject({ uid: 500, gid: 600 });
    });

    test("O keeps what is written apart: thrown away, or in folders that are named", async () => {
      const host = folder(`overlay-${runtime}`, { f: "old\n" });
      const script = "cat /m/f; echo new >/m/f; echo more >/m/more; rm /m/f";
      expect(await run("-v", `${host}:/m:O`, IMAGE, "sh", "-c", script)).toBe("old");
      expect(readdirSync(host)).toEqual(["f"]);
      const [upper, work] = [folder(`upper-${runtime}`), folder(`work-${runtime}`)];
      const named = `${host}:/m:O,upperdir=${upper},workdir=${work}`;
      await run("-v", named, IMAGE, "sh", "-c", "echo kept >/m/kept");
      expect(await run("-v", named, IMAGE, "cat", "/m/kept")).toBe("kept");
      expect([readdirSync(host), readdirSync(upper)]).toEqual([["f"], ["kept"]]);
      const file = await attempt("-v", `${host}/f:/m:O`, IMAGE, "true");
      expect([file.code, file.stderr]).toEqual([125, expect.stringContaining("needs a folder")]);
    });

    test("an image is mounted read-only, or writable for this container only, whole or a part of it", async () => {
      const mount = "type=image,src=other:1,dst=/m";
      expect(await run("--mount", mount, IMAGE, "cat", "/m/only/here")).toBe("here");
      expect((await attempt("--mount", mount, IMAGE, "touch", "/m/no")).code).toBe(1);
      expect(await run("--mount", `${mount},rw,subpath=only`, IMAGE, "sh", "-c", "rm /m/here; ls -A /m")).toBe("");
      expect(await run("--mount", mount, IMAGE, "cat", "/m/only/here")).toBe("here");
    });

    test("a part of a folder or volume is mounted, a file too, and no link in it leads out", async () => {
      const host = folder(`part-${runtime}`, { f: "file\n" });
      await runTool(["ln", "-s", "/etc", join(host, "way")]);
      expect(await run("--mount", `type=bind,src=${host},dst=/m,subpath=f`, IMAGE, "cat", "/m")).toBe("file");
      await run("-v", `part-${runtime}:/data`, "data:1", "true");
      const part = `type=volume,src=part-${runtime},dst=/m,volume-subpath=seed`;
      expect(await run("--mount", part, IMAGE, "cat", "/m")).toBe("seed");
      for (const subpath of ["none", "way", "../../.."]) {
        const wrong = await attempt("--mount", `type=bind,src=${host},dst=/m,subpath=${subpath}`, IMAGE, "ls", "/m");
        if (subpath !== "../../..") expect([wrong.code, wrong.stderr]).toEqual([125, expect.stringContaining(subpath)]);
        // As for a process whose root it is: there is nothing above.
        else expect(wrong.stdout).toBe("f\nway\n");
      }
    });

    test("ramfs, devpts and glob are mounted, and /dev/shm has the size asked for", async () => {
      const host = folder(`glob-${runtime}`, { "a.conf": "a\n", "b.conf": "b\n", c: "c\n" });
      const type = (path: string) => ["sh", "-c", `awk '$2 == "${path}" {print $3}' /proc/mounts; touch ${path}/x`];
      expect(await run("--mount", "type=ramfs,dst=/m", IMAGE, ...type("/m"))).toBe("ramfs");
      expect(await run("--mount", "type=devpts,dst=/p", IMAGE, "ls", "/p")).toBe("ptmx");
      expect(await run("--mount", `type=glob,src=${host}/*.conf,dst=/g`, IMAGE, "ls", "/g")).toBe("a.conf\nb.conf");
      expect(await run("--shm-size", "1m", IMAGE, "sh", "-c", "df -k /dev/shm | awk 'END {print $2}'")).toBe("1024");
    });

    test("mount flags are those asked for, a volume's are nosuid and nodev else", async () => {
      const flags = async (...options: string[]) =>
        await run(...options, IMAGE, "sh", "-c", "awk '$2 == \"/m\" {print $4}' /proc/mounts");
      expect(await flags("-v", `flags-${runtime}:/m`)).toMatch(/^rw,nosuid,nodev,relatime/);
      expect(await flags("-v", `flags-${runtime}:/m:exec,suid,dev`)).toMatch(/^rw,relatime/);
      expect(await flags("-v", `${folder("flags")}:/m:noexec,nosuid`)).toMatch(/^rw,nosuid,noexec,relatime/);
    });

    test("mounts travel where source and option let them, and are refused where the source cannot", async () => {
      const host = travelling;
      await runTool(["mount", "--make-rprivate", host]);
      for (const propagation of ["shared", "rslave"]) {
        const refused = await attempt("-v", `${host}:/m:${propagation}`, IMAGE, "true");
        expect([refused.code, refused.stderr]).toEqual([125, expect.stringMatching(/is not a shared.* mount/)]);
      }
      await runTool(["mount", "--make-shared", host]);
      const peers = (options: string) =>
        run("-v", `${host}:/m:${options}`, IMAGE, "sh", "-c", "grep ' /m ' /proc/self/mountinfo");
      expect(await peers("rshared")).toContain(" shared:");
      expect(await peers("rslave")).toContain(" master:");
      expect(await peers("rw")).not.toMatch(/shared:|master:/);
      mkdirSync(join(host, runtime));
      const id = await engine.ok(["--runtime", runtime, "run", "-d", "-v", `${host}:/m:rslave`, IMAGE, "sleep", "100"]);
      await runTool(["mount", "-t", "tmpfs", "tmpfs", join(host, runtime)]);
      writeFileSync(join(host, runtime, "late"), "");
      expect(await engine.ok(["exec", id, "ls", `/m/${runtime}`])).toBe("late");
      await runTool(["umount", join(host, runtime)]);
    });

    test("a tmpfs belongs to the container's user where that is asked for", async () => {
      const mount = "type=tmpfs,dst=/t,U=true,noexec,tmpfs-mode=700";
      expect(await run("-u", "1000:2000", "--mount", mount, IMAGE, "stat", "-c", "%u:%g %a", "/t")).toBe(
        "1000:2000 700",
      );
    });

    test("a source that is missing is made where that is asked for", async () => {
      const missing = join(folder("make"), runtime);
      await run("--mount", `type=bind,src=${missing},dst=/m,bind-create-src=true`, IMAGE, "touch", "/m/x");
      expect(readdirSync(missing)).toEqual(["x"]);
    });
  });
}

test("--volumes-from brings volumes and folders of other containers, read-only where asked, and keeps them in use", async () => {
  await engine.ok(["volume", "prune", "--force"]);
  const host = folder("from", { f: "host\n" });
  const source = ["create", "--name", "source", "-v", `${host}:/host`, "-v", "/anonymous", "-v", "named:/named"];
  await engine.ok([...source, "--tmpfs", "/memory", IMAGE, "true"]);
  const script = "cat /host/f; touch /named/x /anonymous/x && ls /memory 2>/dev/null; echo fine";
  expect(await engine.ok(["run", "--rm", "--volumes-from", "source", IMAGE, "sh", "-c", script])).toBe("host\nfine");
  expect(await volumeNames()).toHaveLength(2);
  const readOnly = await engine.run(["run", "--rm", "--volumes-from", "source:ro", IMAGE, "touch", "/named/no"]);
  expect([readOnly.code, readOnly.stderr]).toEqual([1, expect.stringContaining("Read-only")]);
  const own = ["run", "--rm", "--volumes-from", "source", "-v", "mine:/named", IMAGE, "ls", "/named"];
  expect(await engine.ok(own)).toBe("");
  await engine.ok(["create", "--name", "second", "--volumes-from", "source", IMAGE, "true"]);
  await engine.ok(["rm", "-v", "source"]);
  expect(await volumeNames()).toHaveLength(3);
  await engine.ok(["rm", "-v", "second"]);
  expect(await volumeNames()).toEqual(["mine", "named"]);
  const nobody = await engine.run(["create", "--volumes-from", "nobody", IMAGE, "true"]);
  expect([nobody.code, nobody.stderr]).toEqual([125, expect.stringContaining("no such container")]);
});

test("the volumes that an image declares are anonymous ones, in memory, or not there", async () => {
  const count = (await volumeNames()).length;
  const type = ["sh", "-c", "awk '$2 == \"/declared\" {print $3}' /proc/mounts"];
  expect(await engine.ok(["run", "--rm", "--image-volume", "tmpfs", "data:1", ...type])).toBe("tmpfs");
  expect(await engine.ok(["run", "--rm", "--image-volume", "ignore", "data:1", ...type])).toBe("");
  await engine.ok(["create", "--image-volume", "bind", "data:1", "true"]);
  expect(await volumeNames()).toHaveLength(count + 1);
});

test("an image that is mounted into a container is not removed", async () => {
  const layout = engine.images.get("other:1")?.layout ?? "";
  const id = await engine.ok(["create", "--mount", "type=image,src=other:1,dst=/m", IMAGE, "cat", "/m/only/here"]);
  const { code, stderr } = await engine.run(["rmi", "other:1"]);
  expect([code, stderr]).toEqual([2, expect.stringContaining("in use")]);
  expect(await engine.ok(["start", "--attach", id])).toBe("here");
  await engine.ok(["rm", id]);
  await engine.ok(["rmi", "other:1"]);
  const missing = await engine.run(["create", "--pull", "never", "--mount", "type=image,src=other:1,dst=/m", IMAGE]);
  expect(missing.code).toBe(125);
  await engine.ok(["load", "-i", layout]);
});

test("mount shows a root on the host while the container runs or not, unmount takes it back", async () => {
  const id = await engine.ok(["create", "--name", "shown", IMAGE, "sh", "-c", "echo written >/new; sleep 100"]);
  expect(await engine.ok(["mount"])).toBe("");
  const path = await engine.ok(["mount", "shown"]);
  expect(existsSync(join(path, "bin/busybox"))).toBe(true);
  writeFileSync(join(path, "from-host"), "h\n");
  expect(await engine.ok(["mount"])).toMatch(new RegExp(`^${id.slice(0, 12)} +${path}$`));
  expect(JSON.parse(await engine.ok(["mount", "--format", "json"]))).toEqual([
    { id, Names: ["shown"], mountpoint: path },
  ]);
  await engine.ok(["start", "shown"]);
  expect(await engine.ok(["exec", "shown", "cat", "/from-host"])).toBe("h");
  await engine.ok(["stop", "-t", "0", "shown"]);
  expect(existsSync(join(path, "new"))).toBe(true);
  expect(await engine.ok(["unmount", "shown"])).toBe("shown");
  expect(isMounted(path)).toBe(false);
  await engine.ok(["start", "shown"]);
  const running = await engine.run(["umount", "shown"]);
  expect([running.code, running.stderr]).toEqual([125, expect.stringContaining("running")]);
  expect(await engine.ok(["umount", "--all"])).toBe("");
  expect(await engine.ok(["mount", "--all"])).toBe(path);
  await engine.ok(["rm", "-f", "shown"]);
  expect(isMounted(path)).toBe(false);
  const mapped = await engine.ok(["create", "--uidmap", "0:100000:1000", IMAGE, "true"]);
  const refused = await engine.run(["mount", mapped]);
  expect([refused.code, refused.stderr]).toEqual([125, expect.stringContaining("user namespace")]);
});

test("system check finds what killed commands left mounted, and mends it", async () => {
  const host = folder("left", { precious: "p\n" });
  await engine.ok(["volume", "create", "--opt", "type=none", "--opt", "o=bind", "--opt", `device=${host}`, "left"]);
  const id = await engine.ok(["create", "-v", "left:/v", IMAGE, "true"]);
  const data = join(engine.root, "volumes/left/_data");
  const stage = join(engine.runRoot, "mounts", id);
  mkdirSync(join(stage, "0"), { recursive: true });
  await runTool(["mount", "--bind", host, data]);
  await runTool(["mount", "--bind", host, join(stage, "0")]);
  const root = await engine.ok(["mount", id]);
  await Bun.write(join(engine.root, "containers", id, "held"), "another boot");
  mkdirSync(join(engine.root, "volumes/filled"));
  const found = await engine.run(["system", "check"]);
  expect([found.code, found.stdout.trim().split("\n")]).toEqual([
    1,
    [
      expect.stringContaining(`the root of container ${id.slice(0, 12)} is mounted`),
      expect.stringContaining("the device of volume left is mounted, and nobody uses it"),
      expect.stringContaining(`for a start of container ${id.slice(0, 12)}, which was cut off`),
      expect.stringContaining("volumes/filled belongs to no volume"),
    ],
  ]);
  expect((await engine.run(["system", "check", "--repair"])).code).toBe(1);
  expect([isMounted(data), isMounted(root), existsSync(stage)]).toEqual([false, false, false]);
  expect(readdirSync(host)).toEqual(["precious"]);
  await runTool(["rmdir", join(engine.root, "volumes/filled")]);
});

test("a first filling of a volume that was cut off is found, and begun anew by the next use", async () => {
  await engine.ok(["volume", "create", "cut"]);
  mkdirSync(join(engine.root, "volumes/cut/copying"));
  writeFileSync(join(engine.root, "volumes/cut/copying/half"), "");
  const found = await engine.run(["system", "check"]);
  expect([found.code, found.stdout]).toEqual([1, expect.stringContaining("the volume cut was being filled")]);
  expect(await engine.ok(["run", "--rm", "-v", "cut:/data", "data:1", "ls", "-A", "/data"])).toBe("seed");
});

test("a removal of a volume that was cut off is mended, and its name is free afterwards", async () => {
  await engine.ok(["volume", "create", "half"]);
  const database = new (await import("bun:sqlite")).Database(join(engine.root, "estiba.db"));
  database.run("UPDATE volume SET definition = json_set(definition, '$.condemnedWith', '') WHERE name = 'half'");
  database.close();
  expect((await engine.run(["volume", "exists", "half"])).code).toBe(1);
  const taken = await engine.run(["run", "--rm", "-v", "half:/m", IMAGE, "true"]);
  expect([taken.code, taken.stderr]).toEqual([125, expect.stringContaining("is being removed")]);
  const found = await engine.run(["system", "check"]);
  expect([found.code, found.stdout]).toEqual([1, expect.stringContaining("the volume half, which was removed")]);
  await engine.run(["system", "check", "--repair"]);
  await engine.ok(["volume", "create", "half"]);
});
