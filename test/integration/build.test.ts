import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { eventually, IMAGE, runCommand, TestEngine, useEngine } from "../fixtures/engine.ts";

const engine = useEngine();
const held = { folder: "" };

beforeAll(() => {
  held.folder = mkdtempSync(join(tmpdir(), "estiba-build-"));
});
afterAll(() => rmSync(held.folder, { recursive: true, force: true }));

/** A context with these files, and a Containerfile. */
function context(name: string, lines: readonly string[], files: Readonly<Record<string, string>> = {}): string {
  const folder = join(held.folder, name);
  for (const [path, text] of Object.entries({ ...files, Containerfile: `${lines.join("\n")}\n` })) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  return folder;
}

async function build(folder: string, ...options: string[]): Promise<string> {
  return await engine.ok(["build", "-q", ...options, folder]);
}

async function inImage(id: string, script: string): Promise<string> {
  return await engine.ok(["run", "--rm", id, "sh", "-c", script]);
}

async function inspect(id: string): Promise<{ Config: Record<string, unknown>; RootFS: { Layers: string[] } }> {
  const [image] = JSON.parse(await engine.ok(["image", "inspect", id])) as [never];
  return image;
}

test("the first command of a machine may be a build", async () => {
  const fresh = new TestEngine();
  try {
    const folder = context("first", ["FROM scratch", "COPY f /"], { f: "1" });
    expect(await fresh.ok(["build", "-q", folder])).toMatch(/^[0-9a-f]{64}$/);
    await fresh.expectClean();
  } finally {
    await fresh.dispose();
  }
});

describe("steps", () => {
  test("RUN, COPY, ENV, WORKDIR and the rest give an image that runs as they say", async () => {
    const folder = context(
      "basic",
      [
        `FROM ${IMAGE}`,
        "ARG V=5",
        'ENV A=1 B="x y"',
        "WORKDIR /app/sub",
        "COPY f d/",
        "RUN echo $A-$V-$B > out && pwd >> out",
        'LABEL "a b"=c',
        "EXPOSE 80-81/tcp 53/udp",
        'ENTRYPOINT ["cat"]',
        'CMD ["out", "d/f"]',
      ],
      { f: "file\n" },
    );
    const id = await build(folder, "-t", "app:1", "--build-arg", "V=7", "--label", "l=m");
    expect(await engine.ok(["run", "--rm", "app:1"])).toBe("1-7-x y\n/app/sub\nfile");
    const { Config } = await inspect(id);
    expect(Config).toMatchObject({
      Labels: { "a b": "c", l: "m" },
      ExposedPorts: { "80/tcp": {}, "81/tcp": {}, "53/udp": {} },
      WorkingDir: "/app/sub",
    });
    expect(await engine.ok(["history", "--format", "{{.CreatedBy}}", "--no-trunc", "app:1"])).toContain(
      "RUN |1 V=7 /bin/sh -c echo $A-$V-$B > out && pwd >> out # buildkit",
    );
    await engine.ok(["rmi", "app:1"]);
  });

  test("a failing command ends the build with its output, its exit code and no image", async () => {
    const folder = context("failing", [`FROM ${IMAGE}`, "RUN echo before; exit 7"]);
    const { code, stdout, stderr } = await engine.run(["build", "-q", "-t", "failed:1", folder]);
    expect([code, stdout]).toEqual([7, ""]);
    expect(stderr).toContain("before\n");
    expect(stderr).toContain('process "/bin/sh -c echo before; exit 7" did not complete successfully: exit code: 7');
    expect((await engine.run(["image", "exists", "failed:1"])).code).toBe(1);
    expect((await engine.run(["build", context("odd", [`FROM ${IMAGE}`, "RUM x"])])).stderr).toContain(
      "Containerfile:2:1: unknown instruction: RUM",
    );
  });

  test("heredocs are files for COPY and scripts for RUN, also with an interpreter of their own", async () => {
    const folder = context("heredocs", [
      `FROM ${IMAGE}`,
      "ENV X=1",
      "COPY <<a <<'b' /d/",
      "$X",
      "a",
      "$X",
      "b",
      "RUN <<E",
      "set -e",
      "echo one > /out",
      "E",
      "RUN <<E",
      "#!/bin/sh",
      "echo $0 >> /out",
      "E",
    ]);
    expect(await inImage(await build(folder), "cat /d/a /d/b /out")).toBe("1\n$X\none\n/run/estiba-script");
  });

  test("only the stages that the target needs are built; files come from a stage, by name or number, and from an image", async () => {
    const folder = context("stages", [
      `FROM ${IMAGE} AS Base`,
      "RUN echo base > /base",
      `FROM ${IMAGE} AS broken`,
      "RUN exit 1",
      "FROM base",
      "COPY --from=0 /base /copied",
      `COPY --from=${IMAGE} /bin/busybox /bb`,
    ]);
    expect(await inImage(await build(folder), "cat /base /copied; test -x /bb && echo yes")).toBe("base\nbase\nyes");
    expect((await engine.run(["build", "--target", "BROKEN", folder])).code).toBe(1);
    const { stderr } = await engine.run(["build", "--target", "bse", folder]);
    expect(stderr).toContain("did you mean base?");
  });
});

describe("stages side by side", () => {
  test("a chain of stages is built with one job, and what waits for a stage holds up nobody", async () => {
    const folder = context("chain", [
      `FROM ${IMAGE} AS a`,
      "RUN echo a > /a",
      `FROM ${IMAGE} AS b`,
      "COPY --from=a /a /b",
      `FROM ${IMAGE} AS c`,
      "RUN --mount=from=b,source=/b,target=/m cp /m /c",
      `FROM ${IMAGE}`,
      "COPY --from=c /c /d",
    ]);
    for (const jobs of ["1", "2", "8"])
      expect(await inImage(await build(folder, "--no-cache", "--jobs", jobs), "cat /d")).toBe("a");
  });
});

describe("COPY", () => {
  test("folders give their contents, owners are root's, modes and links stay, what is ignored is not there", async () => {
    const folder = context("copy", [`FROM ${IMAGE}`, "COPY . /all", "COPY d /new", "COPY d/* /flat/"], {
      "d/f": "f\n",
      "d/sub/g": "g\n",
      "no/x": "x",
      ".dockerignore": "no\nContainerfile\n!no/kept\n",
      "no/kept": "kept\n",
    });
    chmodSync(join(folder, "d/f"), 0o640);
    symlinkSync("f", join(folder, "d/link"));
    const id = await build(folder);
    expect(await inImage(id, "cd /all; find . | sort")).toBe(
      [".", "./.dockerignore", "./d", "./d/f", "./d/link", "./d/sub", "./d/sub/g", "./no", "./no/kept"].join("\n"),
    );
    expect(await inImage(id, "stat -c '%a %u %g' /new /new/f; readlink /new/link; ls /flat")).toBe(
      "755 0 0\n640 0 0\nf\nf\ng\nlink",
    );
  });

  test("--chown and --chmod go by the stage's own users; an unknown one is an error", async () => {
    const folder = context(
      "owners",
      [
        `FROM ${IMAGE}`,
        "RUN echo bob:x:1000:1000::/:/bin/sh >> /etc/passwd; echo staff:x:50: >> /etc/group",
        "COPY --chown=bob f /a",
        "COPY --chown=7 f /b",
        "COPY --chown=:staff --chmod=u=rwX,go= f /c",
      ],
      { f: "x" },
    );
    expect(await inImage(await build(folder), "stat -c '%u:%g %a' /a /b /c")).toBe("1000:1000 644\n7:7 644\n0:50 600");
    const unknown = context("unknown-owner", [`FROM ${IMAGE}`, "COPY --chown=nobodyknows f /a"], { f: "x" });
    expect((await engine.run(["build", unknown])).stderr).toContain("no such user or group");
  });

  test("nothing leads out of the context or out of the stage, by .. or by links", async () => {
    const folder = context("climb", [`FROM ${IMAGE}`, "RUN ln -s ../../../../etc /way", "COPY out /way/hosts2"], {
      f: "x",
    });
    symlinkSync("/etc/hostname", join(folder, "out"));
    const { code, stderr } = await engine.run(["build", folder]);
    expect([code, stderr]).toEqual([125, expect.stringContaining('"out" is not in the build context')]);
    const inside = context("inside", [`FROM ${IMAGE}`, "RUN ln -s /target /way", "COPY ../../f /way/g"], { f: "x\n" });
    expect(await inImage(await build(inside), "cat /target/g")).toBe("x");
  });

  test("a source that is not there, or left out, is named with its reason", async () => {
    const folder = context("missing", [`FROM ${IMAGE}`, "COPY left /"], { ".dockerignore": "# no\nl*\n", left: "x" });
    expect((await engine.run(["build", folder])).stderr).toContain('left out by "l*" in line 2');
    const several = context("several", [`FROM ${IMAGE}`, "COPY a b /x"], { a: "", b: "" });
    expect((await engine.run(["build", several])).stderr).toContain("must be a directory and end with a /");
  });
});

test("a layer has the folders above what it adds as they are, so that other engines do not make them anew", async () => {
  const folder = context(
    "above",
    [
      `FROM ${IMAGE}`,
      "RUN mkdir -p /a/b; chown 7:8 /a /a/b; chmod 700 /a; chmod 1770 /a/b; touch -d @1000000000 /a /a/b",
      "COPY f /a/b/f",
      "ADD t.tar /a/",
      "WORKDIR /a/b/w",
      "COPY empty /a",
    ],
    { f: "x", "b/g": "" },
  );
  mkdirSync(join(folder, "empty"));
  const tar = ["tar", "-cf", join(folder, "t.tar"), "-C", folder, "b/g"];
  expect((await runCommand(tar)).code).toBe(0);
  const id = await build(folder);
  const layers = (await inspect(id)).RootFS.Layers.slice(2);
  await engine.ok(["save", "--uncompressed", "-o", join(folder, "saved.tar"), id]);
  const entries: string[] = [];
  for (const digest of layers) {
    const blob = await runCommand(["tar", "-xOf", join(folder, "saved.tar"), `blobs/${digest.replace(":", "/")}`]);
    const listed = await runCommand(["tar", "--full-time", "--numeric-owner", "-tvf", "-"], { stdin: blob.bytes });
    entries.push(
      ...listed.stdout
        .trim()
        .split("\n")
        .filter((line) => line.startsWith("d")),
      "",
    );
  }
  const shown = (mode: string, owner: string, name: string): string[] => [mode, owner, name];
  const [a, b] = [shown("drwx------", "7/8", "a/"), shown("drwxrwx--T", "7/8", "a/b/")];
  const found = entries
    .map((line) => line.split(/\s+/))
    .map(([mode = "", owner = "", , date = "", , name = ""]) =>
      mode === "" ? [] : [...shown(mode, owner, name), ...(date === "2001-09-09" ? [] : ["now"])],
    );
  const made = [...shown("drwxr-xr-x", "0/0", "a/b/w/"), "now"];
  expect(found).toEqual([a, b, [], a, b, [], a, b, made, []]);
  expect(await inImage(id, "stat -c '%a %u:%g' /a /a/b")).toBe("700 7:8\n1770 7:8");
});

describe("the cache", () => {
  test("a touched file is a hit, a changed mode, content or argument a miss, and what stands above it too", async () => {
    const lines = [`FROM ${IMAGE}`, "ARG V", "COPY f /f", "RUN echo ran; cat /f > /g"];
    const folder = context("cache", lines, { f: "one" });
    const steps = async (...options: string[]): Promise<number> => {
      const { stderr } = await engine.run(["build", ...options, folder]);
      return stderr.split("Using cache").length - 1;
    };
    expect(await steps()).toBe(0);
    expect(await steps()).toBe(2);
    writeFileSync(join(folder, "f"), "one");
    expect(await steps()).toBe(2);
    chmodSync(join(folder, "f"), 0o600);
    expect(await steps()).toBe(0);
    expect(await steps("--build-arg", "V=1")).toBe(1);
    writeFileSync(join(folder, "f"), "two");
    expect(await steps()).toBe(0);
    expect(await steps("--no-cache")).toBe(0);
  });

  test("two builds at once, and one that is killed, leave a store without a finding", async () => {
    const folder = context("killed", [`FROM ${IMAGE}`, "RUN echo started; sleep 60"]);
    const child = Bun.spawn(engine.argv(["build", folder]), { stdout: "ignore", stderr: "pipe", stdin: "ignore" });
    for await (const chunk of child.stderr) if (new TextDecoder().decode(chunk).includes("started\n")) break;
    child.kill("SIGKILL");
    await child.exited;
    // What ran in it is killed with it, in the kernel's own time.
    const mended = async () => {
      await engine.run(["system", "check", "--repair"]);
      return (await engine.run(["system", "check"])).code;
    };
    await eventually(mended, (code) => code === 0);
    const same = context("twice", [`FROM ${IMAGE}`, "RUN sleep 0.2; echo x > /x"]);
    const ids = await Promise.all([build(same), build(same)]);
    for (const id of ids) expect(await inImage(id, "cat /x")).toBe("x");
  });

  test("builder prune forgets what no image has, with --all the rest, and leaves a store without a finding", async () => {
    await engine.ok(["rmi", "--all", "--force"]);
    await engine.load();
    const folder = context("prune", [
      `FROM ${IMAGE}`,
      "RUN echo x > /x",
      "RUN --mount=type=cache,target=/c touch /c/y",
    ]);
    await engine.ok(["build", "-q", "-t", "pruned:1", folder]);
    const kept = await engine.ok(["builder", "prune", "--force"]);
    expect(kept).toContain("Total reclaimed space");
    await engine.expectClean();
    await engine.ok(["rmi", "pruned:1"]);
    await engine.expectClean();
    expect(await engine.ok(["builder", "prune", "--all", "--force"])).toContain("Deleted build cache objects");
    await engine.expectClean();
    expect((await engine.run(["build", folder])).stderr).not.toContain("Using cache");
  });

  test("a build of steps that are all in the cache gives the image that is here, and leaves no other one", async () => {
    const lines = [`FROM ${IMAGE}`, "LABEL a=b", "COPY f /f", `RUN echo x > /x`, 'CMD ["x"]'];
    const folder = context("same", lines, { f: "x" });
    const first = await build(folder, "-t", "same:1");
    expect(await build(folder, "-t", "same:1")).toBe(first);
    expect(await build(folder, "-t", "same:1", "--no-cache")).not.toBe(first);
    await engine.ok(["rmi", "--force", "same:1", first]);
  });

  test("with a timestamp, the same input gives the same image, without the cache too", async () => {
    const folder = context("reproducible", [`FROM ${IMAGE}`, "COPY f /d/f", "WORKDIR /w"], { f: "x" });
    const first = await build(folder, "--timestamp", "1000000000", "--no-cache");
    expect(await build(folder, "--timestamp", "1000000000", "--no-cache")).toBe(first);
  });
});
