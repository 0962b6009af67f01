import { describe, expect, test } from "bun:test";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { eventually, IMAGE, useEngine } from "../fixtures/engine.ts";
import { nodeClient } from "../fixtures/node-client.ts";
import { importRyuk, NO_PERL, RYUK_IMAGE } from "../fixtures/ryuk.ts";
import { useService } from "../fixtures/service.ts";

const engine = useEngine();
const service = useService(engine);

function environment(): Record<string, string> {
  return { DOCKER_HOST: `unix://${service.socket}`, DOCKER_CONFIG: engine.path("none") };
}

/** What a program that uses testcontainers tells. Ryuk, which removes what is left, has a test of its own. */
const told = nodeClient("testcontainers.mjs", async () => {
  const context = engine.path("context");
  mkdirSync(context);
  writeFileSync(join(context, "Dockerfile"), `FROM ${IMAGE}\nARG A=1\nRUN echo built $A > /f\nCMD ["cat","/f"]\n`);
  return {
    words: [context],
    env: { ...environment(), TESTCONTAINERS_RYUK_DISABLED: "true" },
  };
});

describe("testcontainers as a client", () => {
  for (const [story, title] of [
    ["ports", "it waits until a port is listened on, and finds it on the host"],
    ["http", "it waits for an answer of HTTP"],
    ["logs", "it waits for a line of the log, and stops a container"],
    ["health", "it waits for a health check"],
    ["exec", "exec, environment, labels, restart"],
    ["copy", "files are copied in and out"],
    ["networks", "networks and aliases"],
    ["build", "an image is built from a Dockerfile"],
  ] as const)
    test(title, async () => expect(await told(story)).toBeUndefined());
});

test.skipIf(NO_PERL !== undefined)("what a program leaves behind that is killed, Ryuk removes", async () => {
  await importRyuk(engine);
  const child = Bun.spawn(["node", join(import.meta.dir, "clients/ryuk.mjs")], {
    stdio: ["ignore", "pipe", "inherit"],
    env: { ...process.env, ...environment(), RYUK_CONTAINER_IMAGE: RYUK_IMAGE },
  });
  const said = { text: "" };
  for await (const chunk of child.stdout) {
    said.text += Buffer.from(chunk).toString();
    if (said.text.includes("\n")) break;
  }
  const [, id = "", network = ""] = /^ready (\S+) (\S+)$/m.exec(said.text) ?? [];
  expect((await engine.run(["container", "exists", id])).code).toBe(0);
  child.kill("SIGKILL");
  await child.exited;
  await eventually(
    async () => await engine.ok(["ps", "-aq"]),
    (rows) => rows === "",
  );
  expect((await engine.run(["network", "exists", network])).code).toBe(1);
});
