import { expect, test } from "bun:test";
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { useEngine } from "../fixtures/engine.ts";
import { runTool } from "../fixtures/image.ts";

const estiba = useEngine();

test("an exported root comes back by import with files, modes, owners and links, and runs", async () => {
  const script =
    "echo x >/a; chown 12:34 /a; chmod 4750 /a; ln /a /b; ln -s a /l; mkfifo /p; rm /etc/group; echo secret >/data/file";
  await estiba.ok(["run", "--name", "c", "-v", "v:/data", "bb:1", "sh", "-c", script]);
  const file = join(estiba.folder, "root.tar");
  await estiba.ok(["export", "-o", file, "c"]);
  const list = (await runTool(["tar", "-tvf", file, "--numeric-owner"])).split("\n");
  const line = (name: string) => list.find((text) => text.includes(` ${name}`)) ?? "";
  expect(line("a")).toMatch(/^-rwsr-x--- 12\/34 /);
  expect(line("b")).toContain("link to a");
  expect(line("l -> a")).toMatch(/^l/);
  expect(line("p")).toMatch(/^p/);
  expect(list.some((text) => text.includes("etc/group") || text.includes("data/file"))).toBe(false);
  await estiba.ok(["import", "-c", 'CMD ["/bin/sh"]', "-m", "came back", file, "back:1"]);
  expect(await estiba.ok(["run", "--rm", "back:1", "sh", "-c", "stat -c '%a %u %g %h' /b; cat /l"])).toBe(
    "4750 12 34 2\nx",
  );
  expect(await estiba.ok(["history", "--format", "{{.Comment}}", "back:1"])).toBe("came back");
  expect(await estiba.ok(["system", "check"])).toBe("");
});

test("a running container is exported through a pipe, by name or id, while it works", async () => {
  const id = await estiba.ok(["run", "-d", "bb:1", "sh", "-c", "while :; do date >/tmp/now; done"]);
  const { bytes, code } = await estiba.run(["export", id.slice(0, 12)]);
  expect(code).toBe(0);
  const folder = join(estiba.folder, "out");
  mkdirSync(folder);
  const tar = Bun.spawn(["tar", "-x", "-C", folder], { stdin: bytes });
  expect(await tar.exited).toBe(0);
  expect(statSync(join(folder, "tmp")).mode & 0o7777).toBe(0o1777);
  expect(readFileSync(join(folder, "etc/passwd"), "utf8")).toContain("root:x:0:0");
});

test("a file gets its name only when the archive is whole, and a folder that is missing is named", async () => {
  const { code, stderr } = await estiba.run(["export", "-o", join(estiba.folder, "none/x.tar"), "nobody"]);
  expect([code, stderr.includes("cannot write")]).toEqual([125, true]);
  const missing = await estiba.run(["export", "-o", join(estiba.folder, "y.tar"), "nobody"]);
  expect(missing.code).toBe(125);
  expect(existsSync(join(estiba.folder, "y.tar"))).toBe(false);
  expect(readdirSync(estiba.folder).filter((name) => name.includes(".part-"))).toEqual([]);
});

test("an image made from stdin or a file has the platform, the name and the instructions that were asked for", async () => {
  await estiba.ok(["create", "--name", "plain", "bb:1"]);
  const { bytes } = await estiba.run(["export", "plain"]);
  const file = join(estiba.folder, "plain.tar");
  writeFileSync(file, bytes);
  const of = async (name: string): Promise<string> =>
    await estiba.ok(["image", "inspect", "--format", "{{.Os}}/{{.Architecture}} {{.Config.Env}}", name]);
  const id = await estiba.ok([
    "import",
    "-q",
    "--arch",
    "arm",
    "--variant",
    "v7",
    "--change",
    "ENV A=b",
    file,
    "arm:1",
  ]);
  expect(id).toMatch(/^sha256:[0-9a-f]{64}$/);
  expect(await of("localhost/arm:1")).toBe("linux/arm [A=b]");
  expect(await estiba.ok(["image", "inspect", "--format", "{{.Variant}}", "arm:1"])).toBe("v7");
  const piped = await estiba.run(["import", "--platform", "linux/386", "-"], { stdin: bytes });
  expect(await of(piped.stdout.trim())).toStartWith("linux/386 ");
  const twice = await estiba.run(["import", "--platform", "linux/386", "--arch", "arm64", file]);
  expect([twice.code, twice.stderr.includes("--platform cannot be used together")]).toEqual([125, true]);
  await estiba.ok(["rmi", "arm:1", piped.stdout.trim()]);
});
