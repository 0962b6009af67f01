import { describe, expect, test } from "bun:test";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { IMAGE, useEngine } from "../fixtures/engine.ts";
import { nodeClient } from "../fixtures/node-client.ts";
import { useService } from "../fixtures/service.ts";

const engine = useEngine();
const service = useService(engine);

/** What a program that uses testcontainers tells. Ryuk, which removes what is left, is not among the images here: it has a test of its own. */
const told = nodeClient("testcontainers.mjs", async () => {
  const context = engine.path("context");
  mkdirSync(context);
  writeFileSync(join(context, "Dockerfile"), `FROM ${IMAGE}\nARG A=1\nRUN echo built $A > /f\nCMD ["cat","/f"]\n`);
  return {
    words: [context],
    env: {
      DOCKER_HOST: `unix://${service.socket}`,
      TESTCONTAINERS_RYUK_DISABLED: "true",
      DOCKER_CONFIG: engine.path("none"),
    },
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
