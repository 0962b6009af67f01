import { expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chooseElsewhere } from "./elsewhere.ts";

const NOTHING = { HOME: "/nonexistent" };

test("nothing, the default context and empty variables mean this machine", () => {
  for (const [choice, environment] of [
    [{}, NOTHING],
    [{ context: "default" }, { ...NOTHING, DOCKER_HOST: "tcp://far:2375" }],
    [{}, { ...NOTHING, DOCKER_CONTEXT: "default", DOCKER_HOST: "" }],
    [{ remote: false }, { ...NOTHING, CONTAINER_HOST: "" }],
  ] as const)
    expect(chooseElsewhere(choice, environment)).toBeUndefined();
});

test("an option or a variable names another engine, options first, and says by what it is named", () => {
  const far = "tcp://far:2375";
  for (const [choice, environment, wanted] of [
    [{ host: far }, { DOCKER_HOST: "tcp://other" }, { host: far, said: `--host ${far}` }],
    [{ url: far }, {}, { host: far, said: `--url ${far}` }],
    [{ connection: "far" }, {}, { context: "far", said: "--connection far" }],
    [{ context: "far" }, { DOCKER_HOST: far }, { context: "far", said: "--context far" }],
    [{ remote: true }, {}, { service: true, said: "--remote" }],
    [{ remote: true }, { CONTAINER_HOST: far }, { host: far }],
    [{}, { DOCKER_HOST: far, DOCKER_CONTEXT: "other" }, { host: far, said: `DOCKER_HOST=${far}` }],
    [{}, { CONTAINER_HOST: "ssh://far" }, { host: "ssh://far" }],
    [{}, { DOCKER_CONTEXT: "far" }, { context: "far" }],
    [{}, { CONTAINER_CONNECTION: "far" }, { context: "far" }],
  ] as const)
    expect(chooseElsewhere(choice, { ...NOTHING, ...environment })).toMatchObject(wanted);
});

test("the current context of Docker's config.json counts, unless it is overridden", () => {
  const folder = mkdtempSync(join(tmpdir(), "elsewhere-"));
  const choose = (choice: object = {}) => chooseElsewhere(choice, { DOCKER_CONFIG: folder });
  try {
    writeFileSync(join(folder, "config.json"), '{"auths":{}}');
    expect(choose()).toBeUndefined();
    writeFileSync(join(folder, "config.json"), '{"currentContext":"far"}');
    expect(choose()).toMatchObject({ context: "far", said: 'the context "far" of Docker\'s config.json' });
    expect(choose({ context: "default" })).toBeUndefined();
    writeFileSync(join(folder, "config.json"), '{"currentContext":');
    expect(choose).toThrow("cannot read");
  } finally {
    rmSync(folder, { recursive: true });
  }
});
