import { expect, test } from "bun:test";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { eventually, IMAGE, runCommand, useEngine } from "../fixtures/engine.ts";

const engine = useEngine();
const EXAMPLES: string = join(import.meta.dir, "../../examples/pods");

test("every example has a test here", () => {
  expect(readdirSync(EXAMPLES).toSorted()).toEqual(["README.md", "notes"]);
});

test("notes serves what its init container and its writer have written", async () => {
  // Any free port of the host.
  const env = { ESTIBA: engine.argv([]).join(" "), IMAGE, PORT: "0" };
  const { code, stdout, stderr } = await runCommand([join(EXAMPLES, "notes/run.sh")], { env });
  expect([code, stderr]).toEqual([0, ""]);
  expect(stdout).toContain("estiba pod map notes");
  const get = "printf 'GET / HTTP/1.0\\r\\n\\r\\n' | nc -w 3 127.0.0.1 8080 | tail -n 2";
  await eventually(
    async () => (await engine.run(["exec", "notes-writer", "sh", "-c", get])).stdout,
    (text) => text === "<h1>Notes</h1>\n<p>written beside the server</p>\n",
  );
  expect(await engine.ok(["port", "notes-web"])).toMatch(/^8080\/tcp -> 127\.0\.0\.1:\d+$/);
  await engine.ok(["pod", "stop", "-t", "0", "notes"]);
});
