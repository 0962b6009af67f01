import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type Credentials, callManager } from "../../src/cluster/remote/call.ts";
import { type Line, makeLine } from "../../src/cluster/remote/line.ts";
import type { Reports } from "../../src/cluster/remote/wire.ts";
import { isEstibaError } from "../../src/lib/error.ts";
import { runningNames, useTwoMachines } from "../fixtures/cluster/two-machines.ts";
import { eventually, IMAGE, TestEngine } from "../fixtures/engine.ts";

const machines = useTwoMachines();

test("a machine joins by the token, and gets tasks; it leaves, they go elsewhere, and it is removed", async () => {
  await machines.create(4);
  expect([(await runningNames(machines.manager)).length, (await runningNames(machines.worker)).length]).toEqual([2, 2]);
  const asked = await machines.worker.run(["service", "ls"]);
  expect([asked.code, asked.stderr]).toEqual([125, expect.stringContaining("this node is not a swarm manager")]);
  const early = await machines.manager.run(["node", "rm", machines.id]);
  expect([early.code, early.stderr]).toEqual([125, expect.stringContaining("is not down and can't be removed")]);
  expect(await machines.worker.ok(["swarm", "leave"])).toBe("Node left the swarm.");
  expect(await machines.worker.ok(["ps", "--all", "-q"])).toBe("");
  await machines.workerIs("Down");
  await eventually(
    async () => await runningNames(machines.manager),
    (rows) => rows.length === 4,
  );
  await machines.manager.ok(["node", "rm", machines.id]);
  expect((await machines.nodes()).length).toBe(1);
});

test("nobody comes in by a wrong token, another cluster's, or one that was replaced; nor is another manager trusted", async () => {
  const other = new TestEngine();
  try {
    const join_ = async (token: string, at = machines.at): Promise<string> => {
      const { code, stderr } = await other.run(["swarm", "join", "--token", token, at]);
      expect(code).toBe(125);
      return stderr;
    };
    expect(await join_("SWMTKN-1-short")).toContain("invalid join token");
    expect(await join_(`${machines.token.slice(0, -1)}${machines.token.endsWith("a") ? "b" : "a"}`)).toContain(
      "the join token is not valid",
    );
    const pinned = machines.token.replace(
      /^SWMTKN-1-./,
      (head) => `${head.slice(0, -1)}${head.endsWith("z") ? "y" : "z"}`,
    );
    expect(await join_(pinned)).toContain("remote CA does not match fingerprint");
    expect(await join_(machines.token, "127.0.0.1:1")).toContain("does not answer");
    const rotated = await machines.manager.ok(["swarm", "join-token", "--rotate", "--quiet", "worker"]);
    expect(await join_(machines.token)).toContain("the join token is not valid");
    await other.ok(["swarm", "join", "--token", rotated, machines.at]);
    expect((await machines.nodes()).length).toBe(3);
    await other.ok(["swarm", "leave"]);
  } finally {
    await other.dispose();
  }
});

test("without a certificate of the cluster nothing is told but the root; with one of a worker nobody plays the manager", async () => {
  const credentials = JSON.parse(
    readFileSync(join(machines.worker.root, "cluster/credentials.json"), "utf8"),
  ) as Record<"ca" | "cert" | "key", string>;
  const ask = async (method: string, path: string, tls: object): Promise<number> =>
    (await fetch(`https://${machines.at}${path}`, { method, tls, ...(method === "POST" ? { body: "{}" } : {}) }))
      .status;
  const { ca } = credentials;
  expect(await ask("GET", "/ca", { ca })).toBe(200);
  for (const [method, path] of [
    ["POST", "/session"],
    ["POST", "/reports"],
    ["POST", "/renew"],
  ] as const)
    expect([path, await ask(method, path, { ca })]).toEqual([path, 400]);
  expect((await machines.manager.ok(["swarm", "ca"])).trim()).toBe(ca.trim());
  // What a worker that was taken over could serve.
  const { cert, key } = credentials;
  using server = Bun.serve({ hostname: "127.0.0.1", port: 0, tls: { cert, key }, fetch: () => Response.json({}) });
  const signal = AbortSignal.timeout(10_000);
  const asked = callManager(`127.0.0.1:${server.port}`, {
    method: "GET",
    path: "/orders",
    signal,
    credentials: { ca },
  });
  const refused = await asked.then(
    () => undefined,
    (error: unknown) => error,
  );
  expect(refused).toMatchObject({
    reason: "cluster.no_manager",
    cause: { message: "it has no certificate of a manager" },
  });
});

test("what a node says on the connection that it keeps is refused without a certificate, in another's name, and once it was removed", async () => {
  const proof = JSON.parse(
    readFileSync(join(machines.worker.root, "cluster/credentials.json"), "utf8"),
  ) as Required<Credentials>;
  // Whose task runs has begun its own session.
  const there = ["service", "create", "--name", "there", "--constraint", "node.role==worker", IMAGE, "sleep", "1000"];
  await machines.manager.ok(there);
  const body: Reports = { session: "a copy", statuses: [] };
  const refusal = async (line: Line, credentials: Credentials): Promise<string> => {
    const to = { at: machines.at, credentials, signal: AbortSignal.timeout(10_000) };
    const said = line.say(to, { path: "/reports", body });
    return await said.then(
      () => "none",
      (error: unknown) => (isEstibaError(error) ? error.reason : String(error)),
    );
  };
  using line = makeLine();
  expect(await refusal(line, { ca: proof.ca })).toBe("cluster.no_certificate");
  expect(await refusal(line, proof)).toBe("cluster.same_identity");
  await machines.manager.ok(["node", "rm", "--force", machines.id]);
  expect(await refusal(line, proof)).toBe("cluster.node_removed");
  using server = Bun.serve({ hostname: "127.0.0.1", port: 0, tls: proof, fetch: () => Response.json({}) });
  const to = { at: `127.0.0.1:${server.port}`, credentials: proof, signal: AbortSignal.timeout(10_000) };
  const asked = line.orders(to, to.signal).then(
    () => undefined,
    (error: unknown) => error,
  );
  expect(await asked).toMatchObject({
    reason: "cluster.no_manager",
    cause: { message: "it has no certificate of a manager" },
  });
});
