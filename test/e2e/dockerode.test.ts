import { describe, expect, test } from "bun:test";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { IMAGE, useEngine } from "../fixtures/engine.ts";
import { nodeClient } from "../fixtures/node-client.ts";
import { startRegistry } from "../fixtures/registry.ts";
import { useService } from "../fixtures/service.ts";

const engine = useEngine();
const service = useService(engine);

/** What a program of Node's that uses dockerode tells. */
const told = nodeClient("dockerode.mjs", async (held) => {
  const context = engine.path("context");
  mkdirSync(context);
  writeFileSync(
    join(context, "Dockerfile"),
    `FROM ${IMAGE}\nARG A=1\nRUN echo built $A > /f\nCOPY x /x\nCMD ["cat","/f","/x"]\n`,
  );
  writeFileSync(join(context, "x"), "copied\n");
  const { host, push } = held.use(await startRegistry());
  await push(`oci:${engine.images.get(IMAGE)?.layout}:${IMAGE}`, "app:1");
  return { words: [service.socket, context, `${host}/app:1`] };
});

describe("dockerode as a client", () => {
  for (const [story, title] of [
    ["life", "a container's life"],
    ["run", "run, with its output and its exit code"],
    ["busy", "the output is there before the answer to a wait, also for a program that reads both late"],
    ["attach", "attach carries input and output"],
    ["exec", "exec carries its streams and its exit code: with hijack, without, and with a terminal"],
    ["logs", "logs are followed, and told from their end"],
    ["events", "events come as they happen"],
    ["build", "build, history, tag, save and load"],
    ["pull", "pull from a registry, and push to it"],
    ["volumes", "volumes and archives"],
    ["networks", "networks, and names on them"],
  ] as const)
    test(title, async () => expect(await told(story)).toBeUndefined());
});
