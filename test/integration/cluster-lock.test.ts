import { afterEach, expect, test } from "bun:test";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { killNode, runningNames } from "../fixtures/cluster/two-machines.ts";
import { IMAGE, useEngine } from "../fixtures/engine.ts";

const engine = useEngine();
const QUICK = ["-q", "--update-monitor", "300ms", "--stop-grace-period", "0s", "--restart-delay", "100ms"];
const LOCKED = "Swarm is encrypted and needs to be unlocked before it can be used";

afterEach(async () => void (await engine.run(["swarm", "leave", "--force"])), 60_000);

/** All that the manager keeps of the cluster. */
function kept(): string {
  const folder = join(engine.root, "cluster");
  return readdirSync(folder)
    .map((name) => readFileSync(join(folder, name), "latin1"))
    .join("\n");
}

async function refusal(words: readonly string[], stdin = ""): Promise<string> {
  const { code, stderr } = await engine.run(words, { stdin });
  expect([words, code]).toEqual([words, 125]);
  return stderr;
}

test("a manager that locks has no key on its disk, and waits for the unlock key when its process begins anew; its tasks run on", async () => {
  const shown = await engine.ok(["swarm", "init", "--autolock", "--advertise-addr", "127.0.0.1"]);
  const first = /SWMKEY-1-\S{43}/.exec(shown)?.[0] ?? "";
  expect(await engine.ok(["swarm", "unlock-key", "-q"])).toBe(first);
  await engine.ok(["secret", "create", "password", "-"], { stdin: "hunter2" });
  const words = ["--name", "web", "--secret", "password", IMAGE, "sleep", "1000"];
  await engine.ok(["service", "create", ...QUICK, ...words]);
  expect(/PRIVATE KEY|SWMTKN|SWMKEY|hunter2/.exec(kept())).toBeNull();
  const before = await runningNames(engine);
  await killNode(engine);
  for (const command of [
    ["node", "ls"],
    ["service", "ls"],
    ["swarm", "unlock-key"],
    ["swarm", "join-token", "worker"],
  ])
    expect(await refusal(command)).toContain(LOCKED);
  for (const key of ["", "SWMKEY-1-short", `${first.slice(0, -3)}AAA`])
    expect(await refusal(["swarm", "unlock"], key)).toContain("swarm could not be unlocked: invalid key provided");
  expect(await runningNames(engine)).toEqual(before);
  await engine.ok(["swarm", "unlock"], { stdin: `${first}\n` });
  expect(await refusal(["swarm", "unlock"], first)).toContain("swarm is not locked");
  expect(await engine.ok(["service", "ls", "--format", "{{.Name}} {{.Replicas}}"])).toBe("web 1/1");
  await engine.ok(["service", "scale", "-d", "web=2"]);

  const second = await engine.ok(["swarm", "unlock-key", "-q", "--rotate"]);
  await killNode(engine);
  expect(await refusal(["swarm", "unlock"], first)).toContain("invalid key provided");
  await engine.ok(["swarm", "unlock"], { stdin: second });
  expect(await engine.ok(["swarm", "update", "--autolock=false"])).toBe("Swarm updated.");
  await killNode(engine);
  expect(await engine.ok(["node", "ls", "--format", "{{.Status}} {{.ManagerStatus}}"])).toBe("Ready Leader");
  expect(await refusal(["swarm", "unlock-key"])).toContain("no unlock key is set");
  for (const row of before) expect(await runningNames(engine)).toContain(row);
});

test("a locked manager can leave, and the settings of a cluster are changed by words that it knows", async () => {
  await engine.ok(["swarm", "init", "--cert-expiry", "48h", "--advertise-addr", "127.0.0.1"]);
  const shown = await engine.ok(["swarm", "update", "--autolock", "--cert-expiry", "24h"]);
  expect(shown).toMatch(/^Swarm updated\.\nTo unlock a swarm manager after it restarts/);
  expect(await engine.ok(["swarm", "update", "--autolock"])).toBe("Swarm updated.");
  expect(await refusal(["swarm", "update"])).toContain("name one");
  expect(await refusal(["swarm", "update", "--cert-expiry", "5m"])).toContain("one hour at least");
  expect(await refusal(["swarm", "update", "--task-history-limit", "3"])).toContain("five ended tasks are kept");
  await killNode(engine);
  expect(await refusal(["node", "ls"])).toContain(LOCKED);
  expect(await engine.ok(["swarm", "leave", "--force"])).toBe("Node left the swarm.");
  await engine.ok(["swarm", "init", "--advertise-addr", "127.0.0.1"]);
});
