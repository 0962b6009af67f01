import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { gzipSync } from "node:zlib";
import { eventually, IMAGE, runCommand, useEngine } from "../fixtures/engine.ts";
import { startGitServer } from "../fixtures/git-server.ts";
import { runTool } from "../fixtures/image.ts";

const engine = useEngine();
const held = { folder: "" };

beforeAll(() => {
  held.folder = mkdtempSync(join(tmpdir(), "estiba-build-context-"));
});
afterAll(() => rmSync(held.folder, { recursive: true, force: true }));

const COPIES = [`FROM ${IMAGE}`, "COPY f /f", "CMD cat /f"];

function folderWith(name: string, files: Readonly<Record<string, string | readonly string[]>>): string {
  const folder = join(held.folder, name);
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), typeof text === "string" ? text : `${text.join("\n")}\n`);
  }
  return folder;
}

async function tarOf(folder: string): Promise<Uint8Array> {
  const { bytes } = await runCommand(["tar", "-C", folder, "-cf", "-", "."]);
  return bytes;
}

/** A bare repository with these files; `modules`: folders that are other repositories. */
async function repository(
  name: string,
  files: Parameters<typeof folderWith>[1],
  modules: Readonly<Record<string, string>> = {},
): Promise<string> {
  const work = folderWith(`${name}-work`, files);
  const git = async (...words: string[]): Promise<string> =>
    await runTool(["git", "-C", work, "-c", "user.name=n", "-c", "user.email=e", ...words]);
  await git("init", "-q", "-b", "main");
  for (const [path, url] of Object.entries(modules))
    await git("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", url, path);
  await git("add", ".");
  await git("commit", "-q", "-m", "one");
  await git("tag", "v1");
  await runTool(["git", "clone", "-q", "--bare", work, join(held.folder, `${name}.git`)]);
  return `file://${join(held.folder, `${name}.git`)}`;
}

async function run(args: readonly string[], options: Parameters<typeof engine.run>[1] = {}): Promise<string> {
  const id = await engine.ok(["build", "-q", ...args], options);
  return await engine.ok(["run", "--rm", id]);
}

/** What contexts leave behind. */
function leftovers(): string[] {
  return readdirSync(join(engine.root, "tmp")).filter((name) => name.startsWith("context"));
}

describe("stdin", () => {
  test("a Containerfile alone has no files; an archive, packed or not, is the context", async () => {
    const folder = folderWith("stdin", { f: "from stdin\n", Containerfile: COPIES, "other/File": COPIES });
    const archive = await tarOf(folder);
    expect(await run(["-"], { stdin: archive })).toBe("from stdin");
    expect(await run(["-f", "other/File", "-"], { stdin: gzipSync(archive) })).toBe("from stdin");
    const alone = `FROM ${IMAGE}\nCOPY <<E /g\nalone\nE\nCMD cat /g\n`;
    expect(await run(["-"], { stdin: alone })).toBe("alone");
    expect(await run(["-f", "-", folder], { stdin: `${COPIES.join("\n")}\n` })).toBe("from stdin");
    const { code, stderr } = await engine.run(["build", "-"], { stdin: COPIES.join("\n") });
    expect([code, stderr]).toEqual([125, expect.stringContaining('"f" is not in the build context')]);
    expect((await engine.run(["build", "-"], { stdin: "" })).stderr).toContain("neither a tar archive nor");
    expect(leftovers()).toEqual([]);
  });

  test("links of an archive lead nowhere outside of it, whether as a file to copy or as the Containerfile", async () => {
    const folder = folderWith("links", { Containerfile: COPIES });
    symlinkSync("/etc/hostname", join(folder, "f"));
    expect((await engine.run(["build", "-"], { stdin: await tarOf(folder) })).stderr).toContain("is not in the build");
    rmSync(join(folder, "Containerfile"));
    symlinkSync("/etc/hostname", join(folder, "Containerfile"));
    expect((await engine.run(["build", "-"], { stdin: await tarOf(folder) })).stderr).toContain("no Containerfile");
  });
});

describe("addresses and paths", () => {
  test("an archive or a Containerfile may lie at a path, or be served by an address", async () => {
    const folder = folderWith("served", { f: "served\n", Containerfile: COPIES });
    const archive = gzipSync(await tarOf(folder));
    writeFileSync(join(held.folder, "context.tgz"), archive);
    expect(await run([join(held.folder, "context.tgz")])).toBe("served");
    using server = Bun.serve({
      port: 0,
      hostname: "127.0.0.1",
      fetch: ({ url }) => new Response(url.endsWith("/file") ? COPIES.join("\n") : archive),
    });
    const address = `http://127.0.0.1:${server.port}`;
    expect(await run([`${address}/context.tgz`])).toBe("served");
    expect(await run(["-f", `${address}/file`, folder])).toBe("served");
  });

  test("a folder may be named through a link; without a context it is the folder of --file", async () => {
    const folder = folderWith("plain", { f: "plain\n", "My.file": COPIES });
    symlinkSync(folder, join(held.folder, "way"));
    expect(await run(["-f", "My.file", join(held.folder, "way")])).toBe("plain");
    expect(await run(["-f", join(folder, "My.file")])).toBe("plain");
    expect(await run(["-f", "plain/My.file"], { cwd: held.folder })).toBe("plain");
  });

  test("Containerfile goes before Dockerfile; several --file are one; an ignore file goes by the file's name", async () => {
    const folder = folderWith("lookup", {
      f: "x\n",
      Containerfile: [`FROM ${IMAGE}`, "CMD echo container"],
      Dockerfile: [`FROM ${IMAGE}`, "CMD echo docker"],
      more: ["CMD echo more"],
      Special: COPIES,
      "Special.dockerignore": "f\n",
    });
    expect(await run([folder])).toBe("container");
    rmSync(join(folder, "Containerfile"));
    expect(await run([folder])).toBe("docker");
    expect(await run(["-f", "Dockerfile", "-f", "more", folder])).toBe("more");
    expect((await engine.run(["build", "-f", "Special", folder])).stderr).toContain('left out by "f" in line 1');
    expect((await engine.run(["build", "-f", "x.in", folder])).stderr).toContain("C preprocessor");
    expect((await engine.run(["build", join(held.folder, "nowhere")])).stderr).toContain('there is no folder "');
  });
});

describe("git", () => {
  test("a repository is a context at a ref and in a folder; no .git unless it is asked for; modes are git's", async () => {
    const list = [`FROM ${IMAGE}`, "COPY . /all", "CMD ls -A /all; stat -c %a /all/f"];
    const url = await repository("context", {
      f: "one\n",
      Containerfile: list,
      "sub/Containerfile": COPIES,
      "sub/f": "sub\n",
    });
    expect(await run([url])).toBe("Containerfile\nf\nsub\n644");
    expect(await run([`${url}#v1`])).toBe("Containerfile\nf\nsub\n644");
    expect(await run([`${url}#main:sub`])).toBe("sub");
    expect(await run(["--build-arg", "BUILDKIT_CONTEXT_KEEP_GIT_DIR=1", url])).toContain(".git\n");
    const commit = (await runTool(["git", "-C", url.slice("file://".length), "rev-parse", "main"])).trim();
    for (const ref of [commit, commit.slice(0, 9)]) expect(await run([`${url}#${ref}:sub`])).toBe("sub");
    const none = await engine.run(["build", `${url}#nowhere`]);
    expect([none.code, none.stderr]).toEqual([125, expect.stringContaining('at "nowhere"')]);
    expect((await engine.run(["build", `${url}#main:none`])).stderr).toContain('has no folder "none"');
    expect(leftovers()).toEqual([]);
  });

  test("nothing of a repository runs, and it asks nothing", async () => {
    const url = await repository("hostile", { f: "x\n", Containerfile: COPIES });
    const hooks = join(held.folder, "template/hooks");
    mkdirSync(hooks, { recursive: true });
    writeFileSync(join(hooks, "post-checkout"), `#!/bin/sh\ntouch ${held.folder}/ran\n`);
    chmodSync(join(hooks, "post-checkout"), 0o755);
    expect(await run([url], { env: { GIT_TEMPLATE_DIR: dirname(hooks) } })).toBe("x");
    expect(readdirSync(held.folder)).not.toContain("ran");
    const { code, stderr } = await engine.run(["build", "http://user:pass-word@127.0.0.1:1/x.git"]);
    expect([code, stderr]).toEqual([125, expect.stringContaining("cannot get http://127.0.0.1:1/x.git")]);
    expect(stderr).not.toContain("pass-word");
  });

  test("ADD of a repository brings its files, with .git for --keep-git-dir, and verifies the commit", async () => {
    const url = await repository("added", { "d/f": "added\n" });
    const commit = (await runTool(["git", "-C", url.slice("file://".length), "rev-parse", "main"])).trim();
    const lines = [
      `FROM ${IMAGE}`,
      `ADD ${url}#v1 /a`,
      `ADD --keep-git-dir ${url} /b`,
      `ADD --checksum=${commit} ${url}?subdir=d /c`,
      "CMD ls -A /a /b /c; cat /c/f",
    ];
    const folder = folderWith("add", { Containerfile: lines });
    expect(await run([folder])).toBe("/a:\nd\n\n/b:\n.git\nd\n\n/c:\nf\nadded");
    const wrong = folderWith("add-wrong", {
      Containerfile: [`FROM ${IMAGE}`, `ADD --checksum=${"0".repeat(40)} ${url} /c`],
    });
    expect((await engine.run(["build", wrong])).code).toBe(125);
  });

  test("submodules come along, named from the repository's own address, unless they are not to", async () => {
    await repository("inner", { i: "inner\n" });
    await repository("sub", { s: "sub\n" }, { deep: "../inner.git" });
    const list = [`FROM ${IMAGE}`, "COPY . /all", "CMD cat /all/dep/s /all/dep/deep/i; find /all -name .git"];
    await repository("outer", { Containerfile: list }, { dep: "../sub.git" });
    using server = startGitServer(held.folder);
    const url = `http://${server.host}/outer.git`;
    expect(await run([url])).toBe("sub\ninner");
    expect(await run([`${url}?submodules=false`])).toBe("");
    const added = folderWith("add-modules", { Containerfile: [`FROM ${IMAGE}`, `ADD ${url} /all`, ...list.slice(2)] });
    expect(await run([added])).toBe("sub\ninner");
    // A stranger's repository must not bring files of this machine.
    await repository("reaching", { Containerfile: list }, { dep: `file://${held.folder}/sub.git` });
    const { code, stderr } = await engine.run(["build", `http://${server.host}/reaching.git`]);
    expect([code, stderr]).toEqual([125, expect.stringContaining("transport 'file' not allowed")]);
    expect(leftovers()).toEqual([]);
  });

  test("a login in an address serves submodules of that server, and is in no command line and no file", async () => {
    using server = startGitServer(held.folder, "ann:pass-word");
    const bin = join(held.folder, "bin");
    mkdirSync(bin);
    writeFileSync(join(bin, "git"), `#!/bin/sh\necho "$@" >> ${held.folder}/words\nexec ${Bun.which("git")} "$@"\n`);
    chmodSync(join(bin, "git"), 0o755);
    const url = `http://ann:pass-word@${server.host}/outer.git`;
    const options = ["--build-arg", "BUILDKIT_CONTEXT_KEEP_GIT_DIR=1", url];
    const id = await engine.ok(["build", "-q", ...options], { env: { PATH: `${bin}:${process.env["PATH"]}` } });
    expect(await engine.ok(["run", "--rm", id, "cat", "/all/dep/s", "/all/dep/deep/i"])).toBe("sub\ninner");
    const look = 'grep -r pass-word /all; grep -c "url = http" /all/.git/config';
    expect(Number(await engine.ok(["run", "--rm", id, "sh", "-c", look]))).toBeGreaterThan(0);
    const words = readFileSync(join(held.folder, "words"), "utf8");
    expect([words.includes("fetch --quiet"), words.includes("pass-word")]).toEqual([true, false]);
    const wrong = await engine.run(["build", url.replace("pass-word", "wrong-word")]);
    expect([wrong.code, wrong.stderr.includes("wrong-word")]).toEqual([125, false]);
  });
});

test("a further context may be a folder, a repository or an image", async () => {
  const url = await repository("named", { f: "repository\n" });
  const other = folderWith("other", { f: "folder\n" });
  const folder = folderWith("main", {
    Containerfile: ["FROM base", "COPY --from=one /f /one", "COPY --from=two /f /two", "CMD cat /one /two"],
  });
  const options = [`one=${other}`, `two=${url}`, `base=docker-image://${IMAGE}`].flatMap((text) => [
    "--build-context",
    text,
  ]);
  expect(await run([...options, folder])).toBe("folder\nrepository");
  expect((await engine.run(["build", "--build-context", "x=target:stage", folder])).code).toBe(125);
});

test("a further context may be an image of an OCI layout, by tag or alone", async () => {
  const layout = join(held.folder, "layout");
  const base = folderWith("in-layout", { Containerfile: [`FROM ${IMAGE}`, "RUN echo layout > /l"] });
  await engine.ok(["build", "-q", "-t", "in-layout:7", base]);
  await engine.ok(["save", "--format", "oci-dir", "-o", layout, "in-layout:7"]);
  await engine.ok(["rmi", "in-layout:7"]);
  const folder = folderWith("from-layout", {
    Containerfile: ["FROM other", "COPY --from=other /l /again", "CMD cat /again"],
  });
  const option = (place: string): string[] => ["--build-context", `other=oci-layout://${place}`];
  expect(await run([...option(layout), folder])).toBe("layout");
  expect(await run([...option(`${layout}:7`), folder])).toBe("layout");
  const { code, stderr } = await engine.run(["build", ...option(`${layout}:8`), folder]);
  expect([code, stderr.includes('has not one image "8"')]).toEqual([125, true]);
});

test("a folder may be a base: its files without what its ignore file names", async () => {
  const other = folderWith("base-folder", { f: "kept\n", ignored: "no\n", ".dockerignore": "ignored\n" });
  const folder = folderWith("on-folder", {
    Containerfile: ["FROM files AS all", `FROM ${IMAGE}`, "COPY --from=all / /a/", "CMD ls -A /a; cat /a/f"],
  });
  const option = ["--build-context", `files=${other}`];
  expect(await run([...option, folder])).toBe(".dockerignore\nf\nkept");
  const only = folderWith("only-folder", { Containerfile: ["FROM files"] });
  const first = await engine.ok(["build", "-q", ...option, only]);
  expect(await engine.ok(["build", "-q", ...option, only])).toBe(first);
});

test("proxies reach RUN and nothing else, unless they are not to", async () => {
  const folder = folderWith("proxies", {
    Containerfile: [
      `FROM ${IMAGE}`,
      "RUN echo [$http_proxy] [$HTTPS_PROXY] > /p",
      "CMD cat /p; env | grep -c -i _proxy",
    ],
  });
  const env = { http_proxy: "http://one:1", HTTPS_PROXY: "", https_proxy: "" };
  const id = await engine.ok(["build", "-q", "--no-cache", "--build-arg", "HTTPS_PROXY=two", folder], { env });
  expect(await engine.ok(["run", "--rm", "--http-proxy=false", id, "cat", "/p"])).toBe("[http://one:1] [two]");
  expect(JSON.stringify(JSON.parse(await engine.ok(["image", "inspect", id])))).not.toContain("one:1");
  const without = await engine.ok(["build", "-q", "--no-cache", "--http-proxy=false", folder], { env });
  expect(await engine.ok(["run", "--rm", "--http-proxy=false", without, "cat", "/p"])).toBe("[] []");
});

test("a context of a build that was killed is found by system check, and taken away", async () => {
  const folder = folderWith("killed", { f: "x", Containerfile: [...COPIES, "RUN echo started; sleep 60"] });
  const child = Bun.spawn(engine.argv(["build", "-"]), {
    stdin: await tarOf(folder),
    stdout: "ignore",
    stderr: "pipe",
  });
  for await (const chunk of child.stderr) if (new TextDecoder().decode(chunk).includes("started\n")) break;
  child.kill("SIGKILL");
  await child.exited;
  expect(leftovers()).toHaveLength(1);
  expect((await engine.run(["system", "check"])).code).toBe(1);
  const mended = async () => {
    await engine.run(["system", "check", "--repair"]);
    return (await engine.run(["system", "check"])).code;
  };
  await eventually(mended, (code) => code === 0);
  expect(leftovers()).toEqual([]);
});
