import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { IMAGE, useEngine } from "../fixtures/engine.ts";

const engine = useEngine();
const held = { folder: "" };

beforeAll(() => {
  held.folder = mkdtempSync(join(tmpdir(), "estiba-build-mounts-"));
});
afterAll(() => rmSync(held.folder, { recursive: true, force: true }));

function context(name: string, lines: readonly string[], files: Readonly<Record<string, string>> = {}): string {
  const folder = join(held.folder, name);
  for (const [path, text] of Object.entries({ ...files, Containerfile: `${lines.join("\n")}\n` })) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  return folder;
}

async function output(folder: string, ...options: string[]): Promise<string> {
  const { code, stderr } = await engine.run(["build", ...options, folder]);
  if (code !== 0) throw new Error(stderr);
  return stderr;
}

test("a cache is there again in the next build, and not in the image", async () => {
  const folder = context("cache", [
    `FROM ${IMAGE}`,
    "ARG N",
    "RUN --mount=type=cache,target=/c,mode=0777,uid=7 stat -c '%a %u' /c; echo $N >> /c/log; echo [$(cat /c/log)]; test ! -e /left",
  ]);
  expect(await output(folder, "--build-arg", "N=1")).toContain("777 7\n[1]\n");
  expect(await output(folder, "-t", "cached:1", "--build-arg", "N=2")).toContain("[1 2]");
  expect(await engine.ok(["run", "--rm", "cached:1", "ls", "-A", "/"])).not.toContain("\nc\n");
  await engine.ok(["rmi", "cached:1"]);
});

test("a locked cache is for one step at a time, in two builds too; private ones are apart", async () => {
  const script = "mkdir /c/busy && sleep 0.3 && rmdir /c/busy";
  const at = (sharing: string): string =>
    context(sharing, [`FROM ${IMAGE}`, `RUN --mount=type=cache,target=/c,id=${sharing},sharing=${sharing} ${script}`]);
  for (const sharing of ["locked", "private"]) {
    const folder = at(sharing);
    await Promise.all([1, 2, 3].map(() => output(folder, "--no-cache")));
  }
});

test("bind shows the context without what is ignored, read-only; a change in it is a miss; what is written is thrown away", async () => {
  const folder = context(
    "bind",
    [
      `FROM ${IMAGE} AS other`,
      "RUN echo other > /o",
      `FROM ${IMAGE}`,
      "RUN --mount=target=/ctx ls /ctx; cat /ctx/f > /out; touch /ctx/x || echo read-only",
      "RUN --mount=target=/ctx,rw touch /ctx/x && echo written",
      "RUN --mount=from=other,source=/o,target=/o cat /o",
    ],
    { f: "one\n", secret: "x", ".dockerignore": "secret\n" },
  );
  const first = await output(folder);
  expect(first).toContain("[stage-1] Containerfile\n[stage-1] f\n");
  for (const text of ["read-only\n", "written\n", "other\n"]) expect(first).toContain(text);
  expect((await output(folder)).split("Using cache")).toHaveLength(5);
  writeFileSync(join(folder, "f"), "two\n");
  expect(await output(folder)).toContain("STEP 2/4: RUN --mount=target=/ctx ls /ctx");
  expect(readdirSync(folder).toSorted()).toEqual([".dockerignore", "Containerfile", "f", "secret"]);
});

test("a secret is a file or a variable for one step, and nowhere else", async () => {
  const word = `word-${crypto.randomUUID()}`;
  const file = join(held.folder, "secret-file");
  writeFileSync(file, word);
  const folder = context("secret", [
    `FROM ${IMAGE}`,
    "RUN --mount=type=secret,id=s stat -c '%a %u' /run/secrets/s; grep -c word- /run/secrets/s",
    'RUN --mount=type=secret,id=v,env=V test "$V" = variable',
    'RUN test ! -e /run/secrets/s; test -z "$V"',
    "RUN --mount=type=secret,id=none echo optional",
  ]);
  const secrets = ["--secret", `id=s,src=${file}`, "--secret", "id=v,env=SECRET_V"];
  const { code, stderr } = await engine.run(["build", "-t", "secret:1", ...secrets, folder], {
    env: { SECRET_V: "variable" },
  });
  expect([code, stderr]).toEqual([0, expect.stringContaining("400 0\n1\n")]);
  await engine.ok(["save", "--uncompressed", "-o", join(held.folder, "secret.tar"), "secret:1"]);
  expect(readFileSync(join(held.folder, "secret.tar")).includes(word)).toBe(false);
  expect(await engine.ok(["run", "--rm", "secret:1", "sh", "-c", "ls -d /run/secrets || echo none"])).toBe("none");
  expect(readdirSync(join(engine.runRoot, "secrets"))).toEqual([]);
  await engine.ok(["rmi", "secret:1"]);
  const required = context("required", [`FROM ${IMAGE}`, "RUN --mount=type=secret,id=r,required true"]);
  expect((await engine.run(["build", required])).stderr).toContain('the secret "r" is required');
});

test("a tmpfs is gone after its step; a malformed mount is refused with what may have been meant", async () => {
  const folder = context("tmpfs", [
    `FROM ${IMAGE}`,
    "RUN --mount=type=tmpfs,target=/t,size=1m grep -c ' /t tmpfs' /proc/mounts && touch /t/x",
    "RUN test ! -e /t",
  ]);
  await output(folder);
  const bad = context("bad", [`FROM ${IMAGE}`, "RUN --mount=type=cache,traget=/c true"]);
  expect((await engine.run(["build", bad])).stderr).toContain("did you mean target?");
});
