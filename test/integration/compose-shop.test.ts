import { beforeAll, expect, test } from "bun:test";
import { join } from "node:path";
import { useEngine } from "../fixtures/engine.ts";
import { freePort } from "../fixtures/free-port.ts";
import { makeRedisImage } from "../fixtures/redis-image.ts";

const engine = useEngine();

beforeAll(async () => {
  const { layout } = await makeRedisImage(engine.path("redis"));
  await engine.ok(["load", "-i", layout]);
}, 60_000);

test("examples/shop comes up behind its health checks, serves its page through three services, and goes without a trace", async () => {
  const port = await freePort();
  const env = { SHOP_PORT: String(port), SHOP_WORKERS: "2" };
  const compose = async (...words: string[]): Promise<string> =>
    await engine.ok(["compose", "-f", join(import.meta.dir, "../../examples/shop/compose.yaml"), ...words], { env });
  await compose("up", "-d", "--wait", "--quiet-build");
  const page = await (await fetch(`http://127.0.0.1:${port}/cgi-bin/shop`)).text();
  expect(page).toMatch(/^Welcome to the shop\.\nversion 1\norders: \d+/);
  expect(await engine.ok(["exec", "shop-api-1", "stat", "-c", "%a", "/run/secrets/db_password"])).toBe("400");
  expect((await compose("ps", "-q", "worker")).split("\n")).toHaveLength(2);
  // A real Redis, which keeps what it was told in the volume, and whose password no argument tells.
  const redis = "redis-cli --no-auth-warning -a $(cat /run/secrets/db_password) get orders";
  expect(Number(await engine.ok(["exec", "shop-db-1", "sh", "-c", redis]))).toBeGreaterThan(0);
  expect(await engine.ok(["exec", "shop-db-1", "ls", "/data"])).toBe("appendonlydir");
  expect(await engine.ok(["top", "shop-db-1", "args"])).not.toContain("correct");
  await compose("down", "-v", "--rmi", "all", "--timeout", "0");
  expect(await engine.ok(["secret", "ls", "-q"])).toBe("");
  expect(await engine.ok(["volume", "ls", "-q"])).toBe("");
});
