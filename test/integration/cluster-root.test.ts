import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { NodeSocket, type Proof } from "../fixtures/cluster/node-socket.ts";
import { runningNames, useTwoMachines } from "../fixtures/cluster/two-machines.ts";
import { TestEngine } from "../fixtures/engine.ts";

const machines = useTwoMachines();

function proofOfWorker(): Proof {
  return JSON.parse(readFileSync(join(machines.worker.root, "cluster/credentials.json"), "utf8")) as Proof;
}

test("the root is replaced while nodes run: connections and containers stay, nodes get certificates of it, tokens are others", async () => {
  await machines.create(2);
  const [before, proof] = [await runningNames(machines.worker), proofOfWorker()];
  using socket = await NodeSocket.open(machines.at, proof);
  expect(await socket.status("POST", "/reports", "{}")).toContain("400");
  const shown = await machines.manager.ok(["swarm", "ca", "--rotate"]);
  expect(shown).toMatch(
    /^desired root digest: sha256:[0-9a-f]{64}\n[^]*rotated TLS certificates: {2}\[=+\] 2\/2 nodes\n[^]*rotated CA certificates: {3}\[=+\] 2\/2 nodes\n-----BEGIN/,
  );
  const root = await machines.manager.ok(["swarm", "ca"]);
  expect(shown.endsWith(root)).toBe(true);
  expect(proofOfWorker().ca.trim()).toBe(root);
  expect(await socket.status("GET", "/ca")).toContain("200");
  // With the former certificate nobody is known any more; with the new one, to a manager that has another one, too.
  using now = await NodeSocket.open(machines.at, proofOfWorker());
  expect(now.issuer).not.toBe(socket.issuer);
  const refused = await NodeSocket.open(machines.at, proof).then(
    () => undefined,
    (error: unknown) => error,
  );
  expect(refused).toBeInstanceOf(Error);
  expect(await runningNames(machines.worker)).toEqual(before);
  const other = new TestEngine();
  try {
    const early = await other.run(["swarm", "join", "--token", machines.token, machines.at]);
    expect([early.code, early.stderr]).toEqual([125, expect.stringContaining("remote CA does not match fingerprint")]);
    const token = await machines.manager.ok(["swarm", "join-token", "-q", "worker"]);
    await other.ok(["swarm", "join", "--token", token, machines.at]);
  } finally {
    await other.run(["swarm", "leave"]);
    await other.dispose();
  }
});
