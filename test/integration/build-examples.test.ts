import { expect, test } from "bun:test";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { eventually, IMAGE, useEngine } from "../fixtures/engine.ts";

const engine = useEngine();
const EXAMPLES: string = join(import.meta.dir, "../../examples/build");

async function build(name: string, ...options: string[]): Promise<string> {
  return await engine.ok(["build", "-q", "--build-arg", `BASE=${IMAGE}`, ...options, join(EXAMPLES, name)]);
}

test("every example has a test here", () => {
  expect(readdirSync(EXAMPLES).toSorted()).toEqual(["README.md", "hello", "secrets", "stages", "web"]);
});

test("hello greets as its argument says", async () => {
  expect(await engine.ok(["run", "--rm", await build("hello")])).toBe("Hello from a container");
  const other = await build("hello", "--build-arg", "GREETING=Good day");
  expect(await engine.ok(["run", "--rm", other])).toBe("Good day from a container");
});

test("web serves its page as a user of its own, and is healthy", async () => {
  const id = await engine.ok(["run", "-d", await build("web")]);
  const page = async (): Promise<string> =>
    (await engine.run(["exec", id, "wget", "-q", "-O", "-", "http://127.0.0.1:8080/"])).stdout;
  expect(await eventually(page, (text) => text !== "")).toBe("<h1>It works</h1>\n");
  expect(await engine.ok(["exec", id, "sh", "-c", "id -u; ls /srv; stat -c %U /srv/index.html"])).toBe(
    "1234\nindex.html\nweb",
  );
  expect((await engine.run(["healthcheck", "run", id])).code).toBe(0);
});

test("stages sorts in one stage and keeps the result in another; its test stage passes", async () => {
  expect(await engine.ok(["run", "--rm", await build("stages")])).toBe("apple\nfig\npear");
  await build("stages", "--target", "test");
});

test("secrets counts the bytes of a secret, and does not build without it", async () => {
  const id = await build("secrets", "--secret", `id=token,src=${import.meta.path}`);
  expect(Number(await engine.ok(["run", "--rm", id]))).toBe(Bun.file(import.meta.path).size);
  const without = await engine.run(["build", "--no-cache", "--build-arg", `BASE=${IMAGE}`, join(EXAMPLES, "secrets")]);
  expect([without.code, without.stderr]).toEqual([125, expect.stringContaining("token")]);
});
