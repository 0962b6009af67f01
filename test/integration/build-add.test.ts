import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync, zstdCompressSync } from "node:zlib";
import { IMAGE, runCommand, useEngine } from "../fixtures/engine.ts";
import { runTool } from "../fixtures/image.ts";

const engine = useEngine();
const held = { folder: "" };

beforeAll(async () => {
  held.folder = mkdtempSync(join(tmpdir(), "estiba-build-add-"));
  const tree = join(held.folder, "tree");
  mkdirSync(join(tree, "sub"), { recursive: true });
  writeFileSync(join(tree, "sub/file"), "inside\n");
  await runTool(["ln", join(tree, "sub/file"), join(tree, "hard")]);
  await runTool(["tar", "-C", tree, "--owner=7", "--group=8", "-cf", join(held.folder, "plain"), "."]);
});
afterAll(() => rmSync(held.folder, { recursive: true, force: true }));

function context(name: string, lines: readonly string[], files: Readonly<Record<string, Uint8Array | string>>): string {
  const folder = join(held.folder, name);
  mkdirSync(folder, { recursive: true });
  for (const [path, content] of Object.entries({ ...files, Containerfile: `${lines.join("\n")}\n` }))
    writeFileSync(join(folder, path), content);
  return folder;
}

async function shell(folder: string, script: string): Promise<string> {
  const id = await engine.ok(["build", "-q", folder]);
  return await engine.ok(["run", "--rm", id, "sh", "-c", script]);
}

test("ADD unpacks archives by their content, whatever their names; COPY never does", async () => {
  const plain = await Bun.file(join(held.folder, "plain")).bytes();
  const lines = [
    `FROM ${IMAGE}`,
    "RUN mkdir /real && ln -s /real /link",
    "ADD one /one/",
    "ADD two.txt /link/",
    "ADD three /three/",
    "ADD --unpack=false one /four/",
    "COPY one /five/",
    "ADD --chown=1:2 one /six/",
  ];
  const folder = context("archives", lines, { one: plain, "two.txt": gzipSync(plain), three: zstdCompressSync(plain) });
  const script =
    "cat /one/sub/file /real/sub/file /three/hard; ls /four /five; stat -c '%u:%g' /one/hard /six/hard; stat -c %h /one/hard";
  const listed = "/five:\none\n\n/four:\none";
  expect(await shell(folder, script)).toBe(`inside\ninside\ninside\n${listed}\n7:8\n1:2\n2`);
});

test("what only looks like an archive is copied as a file", async () => {
  const files = {
    "fake.tar": "no archive",
    "text.gz": gzipSync("just text"),
    "empty.tar": new Uint8Array(10_240),
    "zip.zip": "PK\u0003\u0004rest",
  };
  const folder = context("fakes", [`FROM ${IMAGE}`, "ADD fake.tar text.gz empty.tar zip.zip /d/"], files);
  expect(await shell(folder, "ls /d; cat /d/fake.tar")).toBe("empty.tar\nfake.tar\ntext.gz\nzip.zip\nno archive");
});

test("an archive whose members climb out is refused, and nothing is left", async () => {
  const tool = ["tar", "-C", held.folder, "-P", "--transform", "s,^plain,../../../evil,", "-cf"];
  await runTool([...tool, join(held.folder, "climbing"), "plain"]);
  const climbing = await Bun.file(join(held.folder, "climbing")).bytes();
  const folder = context("climbing-context", [`FROM ${IMAGE}`, "ADD evil /d/"], { evil: climbing });
  const { code, stderr } = await engine.run(["build", folder]);
  expect([code, stderr]).toEqual([125, expect.stringContaining("the archive is refused")]);
});

test("ADD of an address keeps its time, mode 0600, verifies --checksum, and is not unpacked", async () => {
  const archive = await Bun.file(join(held.folder, "plain")).bytes();
  using server = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    fetch: (request) =>
      new URL(request.url).pathname === "/none"
        ? new Response("no", { status: 404 })
        : new Response(archive, { headers: { "Last-Modified": "Sun, 09 Sep 2001 01:46:40 GMT" } }),
  });
  const digest = (await runCommand(["sha256sum", join(held.folder, "plain")])).stdout.slice(0, 64);
  const url = `http://127.0.0.1:${server.port}`;
  const lines = [`FROM ${IMAGE}`, `ADD --checksum=sha256:${digest} ${url}/some.tar /d/`, `ADD ${url}/x /named`];
  expect(await shell(context("address", lines, {}), "stat -c '%n %a %Y' /d/some.tar /named")).toBe(
    "/d/some.tar 600 1000000000\n/named 600 1000000000",
  );
  const wrong = context("wrong", [`FROM ${IMAGE}`, `ADD --checksum=sha256:${"0".repeat(64)} ${url}/x /x`], {});
  expect((await engine.run(["build", wrong])).stderr).toContain(`has the digest sha256:${digest}`);
  const gone = context("gone", [`FROM ${IMAGE}`, `ADD ${url}/none /x`], {});
  expect((await engine.run(["build", gone])).stderr).toContain("HTTP 404");
});
