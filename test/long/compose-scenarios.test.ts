import { afterAll, beforeAll, expect, test } from "bun:test";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { useEngine } from "../fixtures/engine.ts";
import { startRegistry, type TestRegistry } from "../fixtures/registry.ts";
import { playScenario, type Scenario } from "../fixtures/scenario.ts";
import { makeScenarioImages } from "../fixtures/scenario-images.ts";

const CASES: string = join(import.meta.dir, "../fixtures/compose-scenarios/cases");
const engine = useEngine();
const world: { registry?: TestRegistry } = {};

/** What goes another way here, and why. One that no longer does has to be taken off this list. */
const DIFFERENT: Readonly<Record<string, string>> = {
  "no-deps-network-mode-missing":
    "`rm -f` refuses a container whose network another one uses, as Podman does; docker removes it under the other",
  "publish-accepts-interpolated-env": "projects are not published as artifacts",
  "publish-asks-about-bind-mount": "projects are not published as artifacts",
  "publish-asks-about-env-file": "projects are not published as artifacts",
  "publish-asks-about-literal-secret": "projects are not published as artifacts",
  "publish-lists-all-findings": "projects are not published as artifacts",
  "publish-refuses-build-only": "projects are not published as artifacts",
  "publish-refuses-local-include": "projects are not published as artifacts",
  "publish-with-extends": "projects are not published as artifacts",
  "up-image-by-id": "`image inspect` shows the id without sha256:, as Podman's; the step cannot take it from there",
};

beforeAll(async () => {
  world.registry = await startRegistry();
  await makeScenarioImages(engine, world.registry);
}, 120_000);
afterAll(async () => await world.registry?.[Symbol.asyncDispose]());

for (const name of readdirSync(CASES).toSorted()) {
  const { intent } = JSON.parse(readFileSync(join(CASES, name, "case.json"), "utf8")) as Scenario;
  test(`${name}: ${intent}`, async () => {
    const problem = await playScenario(engine, join(CASES, name), world.registry?.host ?? "");
    const reason = DIFFERENT[name];
    if (reason === undefined) expect(problem ?? "as it should be").toBe("as it should be");
    else expect(problem, `it is listed as different: ${reason}`).toBeDefined();
  }, 120_000);
}
