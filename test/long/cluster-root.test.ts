import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Proof } from "../fixtures/cluster/node-socket.ts";
import { holdNode, killNode, letGo, useTwoMachines } from "../fixtures/cluster/two-machines.ts";
import { eventually, runCommand, TestEngine } from "../fixtures/engine.ts";

const machines = useTwoMachines();

function proofOfWorker(): Proof {
  return JSON.parse(readFileSync(join(machines.worker.root, "cluster/credentials.json"), "utf8")) as Proof;
}

/** The public key that each node's certificate is of. */
async function issuers(): Promise<string[]> {
  const ids = (await machines.nodes()).map((row) => row.split(" ")[0] ?? "");
  const out = await machines.manager.ok(["node", "inspect", "--format", "{{json .Description.TLSInfo}}", ...ids]);
  return out.split("\n").map((line) => (JSON.parse(line) as { CertIssuerPublicKey: string }).CertIssuerPublicKey);
}

async function makeRoot(name: string, kind: readonly string[]): Promise<string[]> {
  const [cert, key] = [machines.manager.path(`${name}.pem`), machines.manager.path(`${name}.key`)];
  const words = [
    "req",
    "-x509",
    ...kind,
    "-nodes",
    "-days",
    "2",
    "-subj",
    "/CN=swarm-ca",
    "-keyout",
    key,
    "-out",
    cert,
  ];
  const { code, stderr } = await runCommand(["openssl", ...words]);
  if (code !== 0) throw new Error(stderr);
  return ["--ca-cert", cert, "--ca-key", key];
}

const CURVE = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"];

test("a node that is away is waited for; the manager is killed meanwhile, and another root, of one's own, takes the place of the first; what cannot be one is refused", async () => {
  const before = await eventually(issuers, (all) => !all.includes(""));
  await holdNode(machines.worker);
  await machines.manager.ok(["swarm", "ca", "--rotate", "--detach"]);
  await eventually(issuers, (now) => new Set(now).size === 2);
  expect((await issuers()).filter((issuer) => before.includes(issuer)).length).toBe(1);
  const token = await machines.manager.ok(["swarm", "join-token", "-q", "worker"]);
  expect(token).toBe(machines.token);
  // Who comes meanwhile is of the next root already.
  const late = new TestEngine();
  try {
    await late.ok(["swarm", "join", "--token", token, machines.at]);
    await late.ok(["swarm", "leave"]);
  } finally {
    await late.dispose();
  }
  const left = (await machines.nodes()).find((row) => row.includes(" Down"))?.split(" ")[0] ?? "";
  await machines.manager.ok(["node", "rm", left]);
  await killNode(machines.manager);
  const given = await makeRoot("own", ["-newkey", "rsa:2048"]);
  await machines.manager.ok(["swarm", "ca", "--rotate", "--detach", ...given, "--cert-expiry", "48h"]);
  letGo(machines.worker);
  const own = readFileSync(machines.manager.path("own.pem"), "utf8").trim();
  await eventually(
    async () => [await machines.manager.ok(["swarm", "ca"]), proofOfWorker().ca.trim()],
    (roots) => roots.every((root) => root === own),
    20_000,
  );
  expect(new Set(await issuers()).size).toBe(1);
  await machines.workerIs("Ready");
  const { stdout } = await runCommand(["openssl", "x509", "-noout", "-enddate"], { stdin: proofOfWorker().cert });
  const hours = (Date.parse(stdout.replace("notAfter=", "")) - Date.now()) / 3_600_000;
  expect([hours > 47, hours < 49]).toEqual([true, true]);
  for (const [words, said] of [
    [["--cert-expiry", "48h"], "`--cert-expiry` flag requires the `--rotate` flag"],
    [["--rotate", "--cert-expiry", "5m"], "one hour at least"],
    [["--rotate", ...given.slice(0, 2)], "only of use together"],
    [["--rotate", ...given.slice(0, 2), "--ca-key", given[1] ?? ""], "the key of the root cannot be read"],
    [["--rotate", "--external-ca", "x"], "the cluster's own CA is the only one"],
  ] as const) {
    const refused = await machines.manager.run(["swarm", "ca", ...words]);
    expect([words, refused.code, refused.stderr]).toEqual([words, 125, expect.stringContaining(said)]);
  }
  // From a root of another kind, of the same name.
  await machines.manager.ok(["swarm", "ca", "--rotate", "--quiet", ...(await makeRoot("next", CURVE))]);
  expect(proofOfWorker().ca.trim()).toBe(readFileSync(machines.manager.path("next.pem"), "utf8").trim());
});

test("a node that is gone for good is not waited for when it has been removed", async () => {
  await eventually(issuers, (all) => !all.includes(""));
  await killNode(machines.worker);
  await machines.workerIs("Down");
  const before = await machines.manager.ok(["swarm", "ca"]);
  await machines.manager.ok(["swarm", "ca", "--rotate", "--detach"]);
  await eventually(issuers, (now) => new Set(now).size === 2);
  expect(await machines.manager.ok(["swarm", "ca"])).toBe(before);
  await machines.manager.ok(["node", "rm", machines.id]);
  await eventually(
    async () => await machines.manager.ok(["swarm", "ca"]),
    (root) => root !== before,
  );
});
