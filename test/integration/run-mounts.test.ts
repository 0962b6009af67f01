import { describe, expect, test } from "bun:test";
import { existsSync, mkdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { IMAGE, testRuntimes, useEngine } from "../fixtures/engine.ts";

const engine = useEngine({
  images: [
    {
      name: "data:1",
      files: { "data/seed": "from the image\n", "data/deep/er": "deep\n", "link/real/x": "x" },
      process: { volumes: ["/declared"] },
    },
  ],
});

function folder(name: string): string {
  const path = engine.path(name);
  mkdirSync(path, { recursive: true });
  return path;
}

const volumes = (): string[] => {
  const path = join(engine.root, "volumes");
  return existsSync(path) ? [...new Bun.Glob("*").scanSync({ cwd: path, onlyFiles: false })] : [];
};

for (const { name: runtime, why } of testRuntimes()) {
  const title = why === undefined ? `with ${runtime}` : `with ${runtime}, skipped: ${why}`;
  describe.skipIf(why !== undefined)(title, () => {
    const attempt = async (...args: string[]) => await engine.run(["--runtime", runtime, "run", "--rm", ...args]);
    const run = async (...args: string[]) => await engine.ok(["--runtime", runtime, "run", "--rm", ...args]);

    test("what is mounted below a volume or a folder has its own options, and is seen by this container alone", async () => {
      const host = folder(`outer-${runtime}`);
      for (const name of ["tmp", "vol"]) mkdirSync(join(host, name), { mode: 0o750 });
      writeFileSync(join(host, "tmp/seed"), "seed\n");
      writeFileSync(join(host, "file"), "outer\n");
      writeFileSync(engine.path("inner"), "inner\n");
      const script = `
        awk '$5 ~ "^/[vh]" { print $5, $6 }' /proc/self/mountinfo | sort
        stat -c '%n %a' /v/d/sub /v/d/tmp /h/vol
        cat /h/tmp/seed /h/file
        for path in /v/new /v/d/sub/new /v/d/tmp/new /h/new /h/tmp/new /h/vol/new /h/file; do
          ! echo x 2>/dev/null >$path || echo wrote $path
        done`;
      const outer = ["-v", "outer:/v", "-v", `${host}:/h:ro`];
      const inner = ["-v", "inner:/v/d/sub", "-v", "other:/h/vol", "-v", `${engine.path("inner")}:/h/file:ro`];
      const memory = ["--tmpfs", "/v/d/tmp:size=1m,mode=700", "--tmpfs", "/h/tmp"];
      expect((await run(...outer, ...inner, ...memory, IMAGE, "sh", "-c", script)).split("\n")).toEqual([
        "/h ro,relatime",
        "/h/file ro,relatime",
        "/h/tmp rw,nosuid,nodev,noexec,relatime",
        "/h/vol rw,nosuid,nodev,relatime",
        "/v rw,nosuid,nodev,relatime",
        "/v/d/sub rw,nosuid,nodev,relatime",
        "/v/d/tmp rw,nosuid,nodev,noexec,relatime",
        "/v/d/sub 755",
        "/v/d/tmp 700",
        "/h/vol 755",
        "seed",
        "inner",
        ...["/v/new", "/v/d/sub/new", "/v/d/tmp/new", "/h/tmp/new", "/h/vol/new"].map((path) => `wrote ${path}`),
      ]);
      expect(
        await run("-v", "outer:/v", "-v", "inner:/w", IMAGE, "sh", "-c", "cd /v && echo $(find . /w -type f)"),
      ).toBe("./new /w/new");
      expect([existsSync(join(host, "new")), readFileSync(join(host, "file"), "utf8")]).toEqual([false, "outer\n"]);
      await engine.ok(["volume", "rm", "outer", "inner", "other"]);
    });

    test("what is mounted below a mount of another kind, itself below a volume, is seen there", async () => {
      const mounts = ["-v", "outer:/v", "--mount", "type=ramfs,dst=/v/ram", "-v", "inner:/v/ram/deep"];
      const script = "echo deep >/v/ram/deep/f; awk '$5 ~ \"^/v\" { print $5 }' /proc/self/mountinfo";
      expect(await run(...mounts, IMAGE, "sh", "-c", script)).toBe("/v\n/v/ram\n/v/ram/deep");
      expect(await run("-v", "inner:/i", IMAGE, "cat", "/i/f")).toBe("deep");
      await engine.ok(["volume", "rm", "outer", "inner"]);
    });

    test("a target below a volume whose way leads out by a link is where that leads to, or with runc refused", async () => {
      await run("-v", "outer:/v", IMAGE, "ln", "-s", "/etc", "/v/out");
      const { code, stdout, stderr } = await attempt(
        "-v",
        "outer:/v",
        "-v",
        "inner:/v/out/sub",
        IMAGE,
        "ls",
        "-d",
        "/etc/sub",
      );
      const refused = [125, "", expect.stringContaining('cannot mount at "/v/out/sub": a link on the way leads out')];
      expect([code, stdout, stderr]).toEqual(runtime === "runc" ? refused : [0, "/etc/sub\n", ""]);
      await engine.ok(["volume", "rm", "outer", "inner"]);
      await engine.expectClean();
    });

    test("a folder of the host is mounted, writable or read-only", async () => {
      const host = folder(`bind-${runtime}`);
      writeFileSync(join(host, "in"), "hello\n");
      expect(await run("-v", `${host}:/mnt`, IMAGE, "sh", "-c", "cat /mnt/in; echo back >/mnt/out")).toBe("hello");
      expect(readFileSync(join(host, "out"), "utf8")).toBe("back\n");
      for (const options of [
        ["-v", `${host}:/mnt:ro`],
        ["--mount", `type=bind,src=${host},dst=/mnt,ro`],
        ["--mount", `type=bind,source=${host},target=/mnt,readonly=true`],
      ]) {
        const { code, stderr } = await attempt(...options, IMAGE, "touch", "/mnt/no");
        expect({ options, code }).toEqual({ options, code: 1 });
        expect(stderr).toContain("Read-only");
      }
    });

    test("a file of the host is mounted as a file", async () => {
      const file = join(folder(`file-${runtime}`), "one");
      writeFileSync(file, "one\n");
      expect(await run("-v", `${file}:/etc/motd:ro`, IMAGE, "cat", "/etc/motd")).toBe("one");
      expect(await run("-v", `${file}:/new/place`, IMAGE, "sh", "-c", "echo two >/new/place")).toBe("");
      expect(readFileSync(file, "utf8")).toBe("two\n");
    });

    test("read-only counts for what is mounted below the source, too", async () => {
      const host = folder(`deep-${runtime}`);
      mkdirSync(join(host, "sub"), { recursive: true });
      const mounted = Bun.spawnSync(["mount", "-t", "tmpfs", "tmpfs", join(host, "sub")]);
      expect(mounted.exitCode).toBe(0);
      try {
        expect((await attempt("-v", `${host}:/mnt:ro`, IMAGE, "touch", "/mnt/sub/no")).code).toBe(1);
        expect((await attempt("-v", `${host}:/mnt`, IMAGE, "touch", "/mnt/sub/yes")).code).toBe(0);
      } finally {
        Bun.spawnSync(["umount", join(host, "sub")]);
      }
    });

    test("a tmpfs has the options asked for", async () => {
      const script = "echo x >/t/x && df -k /t | tail -1 | awk '{print $2}'; stat -c %a /t; grep ' /t ' /proc/mounts";
      const output = await run("--tmpfs", "/t:size=4m,mode=700", IMAGE, "sh", "-c", script);
      expect(output).toStartWith("4096\n700\ntmpfs /t tmpfs ");
      expect(output).toContain("noexec");
      const second = await run("--mount", "type=tmpfs,dst=/t,tmpfs-size=8m,tmpfs-mode=755", IMAGE, "sh", "-c", script);
      expect(second).toStartWith("8192\n755\n");
    });

    test("a read-only root refuses writing but for /tmp, /run, /var/tmp and mounts", async () => {
      const script = "touch /no 2>&1; touch /etc/no 2>&1; touch /tmp/yes /run/yes /var/tmp/yes /mnt/yes && echo fine";
      const host = folder(`root-${runtime}`);
      const output = await run("--read-only", "-v", `${host}:/mnt`, IMAGE, "sh", "-c", script);
      expect(output.match(/Read-only file system/g)).toHaveLength(2);
      expect(output).toEndWith("fine");
      const strict = await attempt("--read-only", "--read-only-tmpfs=false", IMAGE, "touch", "/tmp/no");
      expect(strict.code).toBe(1);
    });

    test("a mount over a link of the image stays inside the container", async () => {
      const host = folder(`outside-${runtime}`);
      const target = join(host, "target");
      mkdirSync(target, { recursive: true });
      const id = await engine.ok([
        "--runtime",
        runtime,
        "create",
        IMAGE,
        "sh",
        "-c",
        `ln -s ${target} /way; ls -A ${target}`,
      ]);
      await engine.ok(["start", "-a", id]).catch(() => "");
      expect(await run("-v", `${host}:/a/b/../c`, IMAGE, "ls", "/a/c")).toBe("target");
    });
  });
}

test("a named volume keeps its data, and gets what the image has at its place when it is new", async () => {
  const run = async (...args: string[]) => await engine.ok(["run", "--rm", ...args]);
  expect(
    await run("-v", "vol:/data", "data:1", "sh", "-c", "cat /data/seed /data/deep/er; echo mine >/data/mine"),
  ).toBe("from the image\ndeep");
  expect(await run("-v", "vol:/x", IMAGE, "sh", "-c", "cat /x/mine; rm /x/seed")).toBe("mine");
  // Not empty any more: nothing comes back.
  expect(await run("-v", "vol:/data", "data:1", "ls", "/data")).toBe("deep\nmine");
  expect(await run("-v", "plain:/data:nocopy", "data:1", "ls", "-A", "/data")).toBe("");
  expect((await engine.run(["run", "--rm", "-v", "vol:/data:ro", "data:1", "touch", "/data/no"])).code).toBe(1);
  expect(await run("--mount", "type=volume,src=vol,dst=/y", IMAGE, "cat", "/y/mine")).toBe("mine");
});

test("the owner and mode of the image's folder go to a new volume", async () => {
  await engine.ok(["run", "--rm", "-v", "modes:/tmp", IMAGE, "true"]);
  expect(statSync(join(engine.root, "volumes/modes/_data"), { throwIfNoEntry: false })?.mode.toString(8) ?? "").toMatch(
    /1777$/,
  );
});

test("an anonymous volume goes with --rm and with rm -v, a named one stays", async () => {
  await engine.ok([
    "run",
    "--rm",
    "-v",
    "kept:/kept",
    "-v",
    "/anonymous",
    "data:1",
    "touch",
    "/anonymous/x",
    "/declared/x",
  ]);
  expect(volumes()).toContain("kept");
  const before = volumes().length;
  const id = await engine.detached(["-v", "/anonymous"], "sleep", "100");
  expect(volumes().length).toBe(before + 1);
  await engine.ok(["rm", "-f", "-v", id]);
  expect(volumes().length).toBe(before);
});

test("bad mounts are refused, naming what is wrong", async () => {
  const cases: readonly (readonly [string[], RegExp])[] = [
    [["-v", "/nonesuch:/x"], /\/nonesuch.*no such file/],
    [["-v", ":/x"], /:\/x/],
    [["-v", "a:b:c:d"], /a:b:c:d/],
    [["-v", "/tmp:relative"], /relative/],
    [["-v", "/tmp:/x:nonesuch"], /nonesuch/],
    [["-v", "bad name:/x"], /bad name/],
    [["-v", "/tmp:/x", "-v", "/etc:/x"], /duplicate mount/],
    [["--mount", "type=bind,dst=/x"], /source/],
    [["--mount", "type=bind,src=/tmp"], /target/],
    [["--mount", "type=nonesuch,dst=/x"], /nonesuch/],
    [["--mount", "type=bind,src=/tmp,dst=/x,colour=red"], /colour/],
    [["--mount", "type=tmpfs,dst=/x,tmpfs-size=big"], /big/],
    [["--tmpfs", "/x:size=big"], /big/],
    [["--tmpfs", "relative"], /relative/],
    [["-v", "/tmp:/"], /\//],
  ];
  for (const [options, pattern] of cases) {
    const { code, stderr } = await engine.run(["run", "--rm", ...options, IMAGE, "true"]);
    expect({ options, code }).toEqual({ options, code: 125 });
    expect(stderr).toMatch(pattern);
  }
});

test("a link as source is followed on the host, once, when the container starts", async () => {
  const host = folder("links");
  mkdirSync(join(host, "real"), { recursive: true });
  writeFileSync(join(host, "real/file"), "found\n");
  symlinkSync("real", join(host, "link"));
  expect(await engine.ok(["run", "--rm", "-v", `${host}/link:/mnt`, IMAGE, "cat", "/mnt/file"])).toBe("found");
  expect(await engine.ok(["run", "--rm", "-v", "./real:/mnt", IMAGE, "cat", "/mnt/file"], { cwd: host })).toBe("found");
});
