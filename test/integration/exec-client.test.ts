import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { randomBytes } from "node:crypto";
import { eventually, IMAGE, testRuntimes, useEngine } from "../fixtures/engine.ts";

setDefaultTimeout(60_000);

const engine = useEngine();
const LOT = 50 * 1024 * 1024;

/** How often a command runs in the container, by the container's own ps. */
async function count(name: string, command: string): Promise<number> {
  const lines = (await engine.ok(["exec", name, "ps", "-o", "args"])).split("\n");
  return lines.filter((line) => line.trim() === command).length;
}

for (const { name: runtime, why } of testRuntimes()) {
  const title = why === undefined ? `with ${runtime}` : `with ${runtime}, skipped: ${why}`;
  describe.skipIf(why !== undefined)(title, () => {
    const sleeper = async () =>
      await engine.ok(["--runtime", runtime, "run", "-d", "--name", "box", IMAGE, "sleep", "1000"]);

    test.each(["SIGHUP", "SIGTERM", "SIGINT", "SIGKILL"] as const)(
      "a command in the foreground ends with its client: %s",
      async (signal) => {
        await sleeper();
        const client = Bun.spawn(engine.argv(["exec", "box", "sleep", "777"]), {
          stdio: ["ignore", "ignore", "ignore"],
        });
        await eventually(
          () => count("box", "sleep 777"),
          (found) => found === 1,
        );
        client.kill(signal);
        await client.exited;
        await eventually(
          () => count("box", "sleep 777"),
          (found) => found === 0,
        );
      },
    );

    test("a signal to the client is the command's: it may act on it, and its exit code is the client's", async () => {
      await sleeper();
      const script = 'trap "echo got; exit 9" INT; echo ready; while :; do sleep 0.1; done';
      const client = Bun.spawn(engine.argv(["exec", "box", "sh", "-c", script]), {
        stdio: ["ignore", "pipe", "inherit"],
      });
      const reader = client.stdout.getReader();
      const first = await reader.read();
      expect(Buffer.from(first.value ?? []).toString()).toBe("ready\n");
      client.kill("SIGINT");
      expect(await client.exited).toBe(9);
      const second = await reader.read();
      expect(Buffer.from(second.value ?? []).toString()).toBe("got\n");
    });

    test("fifty megabytes go in and come back through exec -i, byte for byte", async () => {
      await sleeper();
      const noise = randomBytes(LOT);
      const { code, bytes } = await engine.run(["exec", "-i", "box", "cat"], { stdin: noise });
      expect({ code, size: bytes.length, same: Buffer.compare(bytes, noise) }).toEqual({ code: 0, size: LOT, same: 0 });
    }, 60_000);

    test("fifty megabytes go in and come back through run -i, and the end of stdin ends the command", async () => {
      const noise = randomBytes(LOT);
      const { code, bytes } = await engine.run(["--runtime", runtime, "run", "--rm", "-i", IMAGE, "cat"], {
        stdin: noise,
      });
      expect({ code, size: bytes.length, same: Buffer.compare(bytes, noise) }).toEqual({ code: 0, size: LOT, same: 0 });
    }, 60_000);
  });
}
