import { expect, test } from "bun:test";
import { join } from "node:path";
import { useEngine } from "../fixtures/engine.ts";

const engine = useEngine();

test("examples/shop comes up behind its health checks, serves its page through three services, and goes without a trace", async () => {
  const env = { SHOP_PORT: "18096", SHOP_WORKERS: "2" };
  const compose = async (...words: string[]): Promise<string> =>
    await engine.ok(["compose", "-f", join(import.meta.dir, "../../examples/shop/compose.yaml"), ...words], { env });
  await compose("up", "-d", "--wait", "--quiet-build");
  const page = await (await fetch("http://127.0.0.1:18096/cgi-bin/shop")).text();
  expect(page).toMatch(/^Welcome to the shop\.\nversion 1\norders: \d+/);
  expect(await engine.ok(["exec", "shop-api-1", "stat", "-c", "%a", "/run/secrets/db_password"])).toBe("400");
  expect((await compose("ps", "-q", "worker")).split("\n")).toHaveLength(2);
  await compose("down", "-v", "--rmi", "all", "--timeout", "0");
  expect(await engine.ok(["secret", "ls", "-q"])).toBe("");
  expect(await engine.ok(["volume", "ls", "-q"])).toBe("");
});
