import { expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { refuseOtherEngine } from "./elsewhere.ts";

const NOTHING = { HOME: "/nonexistent" };

test("nothing, the default context and empty variables mean this machine", () => {
  for (const [choice, environment] of [
    [{}, NOTHING],
    [{ context: "default" }, { ...NOTHING, DOCKER_HOST: "tcp://far:2375" }],
    [{}, { ...NOTHING, DOCKER_CONTEXT: "default", DOCKER_HOST: "" }],
    [{ remote: false }, { ...NOTHING, CONTAINER_HOST: "" }],
  ] as const)
    expect(() => refuseOtherEngine(choice, environment)).not.toThrow();
});

test("an option or a variable that names another engine is refused by name", () => {
  for (const [choice, environment, what] of [
    [{ host: "unix:///run/docker.sock" }, {}, "--host unix:///run/docker.sock names another engine"],
    [{ url: "tcp://far:2375" }, {}, "--url tcp://far:2375 names another engine"],
    [{ remote: true }, {}, "--remote names"],
    [{ connection: "far" }, {}, "--connection far names"],
    [{ context: "far" }, {}, "--context far names"],
    [{}, { DOCKER_HOST: "tcp://far:2375" }, "DOCKER_HOST=tcp://far:2375 names"],
    [{}, { CONTAINER_HOST: "ssh://far" }, "CONTAINER_HOST=ssh://far names"],
    [{}, { DOCKER_CONTEXT: "far" }, "DOCKER_CONTEXT=far names"],
    [{}, { CONTAINER_CONNECTION: "far" }, "CONTAINER_CONNECTION=far names"],
  ] as const)
    expect(() => refuseOtherEngine(choice, { ...NOTHING, ...environment })).toThrow(what);
});

test("the current context of Docker's config.json counts, unless it is overridden", () => {
  const folder = mkdtempSync(join(tmpdir(), "elsewhere-"));
  const refuse = (choice: object = {}) => refuseOtherEngine(choice, { DOCKER_CONFIG: folder });
  try {
    writeFileSync(join(folder, "config.json"), '{"auths":{}}');
    expect(refuse).not.toThrow();
    writeFileSync(join(folder, "config.json"), '{"currentContext":"desktop-linux"}');
    expect(refuse).toThrow('the context "desktop-linux" of Docker\'s config.json names another engine');
    expect(() => refuse({ context: "default" })).not.toThrow();
    writeFileSync(join(folder, "config.json"), '{"currentContext":');
    expect(refuse).toThrow("cannot read");
  } finally {
    rmSync(folder, { recursive: true });
  }
});
