import { afterEach, describe, expect, test } from "bun:test";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { makeCertificates } from "../fixtures/certificates.ts";
import { runningNames } from "../fixtures/cluster/two-machines.ts";
import { eventually, IMAGE, useEngine } from "../fixtures/engine.ts";
import { ETCD, TestEtcd } from "../fixtures/etcd.ts";

const engine = useEngine();

afterEach(async () => {
  await engine.run(["swarm", "leave", "--force"]);
}, 60_000);

describe.skipIf(ETCD === null)("the state in etcd", () => {
  test("services run as with a file; while etcd does not answer changes are refused and tasks run on", async () => {
    await using etcd = await TestEtcd.start();
    await engine.ok(["swarm", "init", "--etcd", etcd.endpoint]);
    const quick = ["--update-monitor", "300ms", "--stop-grace-period", "0s"];
    await engine.ok(["service", "create", "-q", "--name", "web", "--replicas", "2", ...quick, IMAGE, "sleep", "1000"]);
    const before = await runningNames(engine);
    const { clusterId } = JSON.parse(readFileSync(join(engine.root, "cluster/node.json"), "utf8")) as {
      clusterId: string;
    };
    expect(await etcd.keys(`/estiba/${clusterId}/tasks/`)).toBe(2);
    await etcd.hold();
    const refused = await engine.run(["service", "scale", "-d", "web=3"]);
    expect([refused.code, refused.stderr]).toEqual([
      125,
      expect.stringContaining("the cluster's store does not answer at"),
    ]);
    expect(await runningNames(engine)).toEqual(before);
    await etcd.free();
    await eventually(
      async () => (await engine.run(["service", "scale", "-d", "web=3"])).code,
      (code) => code === 0,
    );
    await eventually(
      async () => await runningNames(engine),
      (rows) => rows.length === 3,
    );
    for (const row of before) expect(await runningNames(engine)).toContain(row);
  });

  test("an etcd that knows its clients by certificates is used by the one that was named, and by no other", async () => {
    const folder = engine.path("certificates");
    mkdirSync(folder, { recursive: true });
    const certificates = await makeCertificates(folder);
    await using etcd = await TestEtcd.start(certificates);
    const words = (cert: string): string[] => [
      `--etcd=${etcd.endpoint}`,
      "--etcd-ca=ca.pem",
      `--etcd-cert=${cert}.pem`,
      `--etcd-key=${cert}-key.pem`,
    ];
    const stranger = await engine.run(["swarm", "init", ...words("stranger")], { cwd: folder });
    expect([stranger.code, stranger.stderr]).toEqual([125, expect.stringContaining("store does not answer")]);
    await engine.ok(["swarm", "init", ...words("client")], { cwd: folder });
    expect(await engine.ok(["node", "ls", "--format", "{{.Status}} {{.ManagerStatus}}"])).toBe("Ready Leader");
    expect(await etcd.keys("/estiba/")).toBeGreaterThan(1);
    // Its files become others while it runs: those of somebody who is not known there, then its own again.
    const pair = (name: string): string[] => [certificates.pem(name), certificates.pem(`${name}-key`)];
    const own = pair("client").map((path) => readFileSync(path));
    const replace = (texts: readonly (string | Buffer)[]): void => {
      for (const [index, path] of pair("client").entries()) writeFileSync(path, texts[index] ?? "");
    };
    replace(pair("stranger").map((path) => readFileSync(path)));
    const change = async (): Promise<number> =>
      (await engine.run(["node", "update", "--label-add", "a=b", "self"])).code;
    await eventually(change, (code) => code === 125);
    replace(own);
    await eventually(change, (code) => code === 0);
  });

  test("what cannot be an etcd is refused before there is a cluster", async () => {
    for (const args of [
      ["--etcd", "10.0.0.1:2379"],
      ["--etcd-ca", "ca.pem"],
      ["--etcd", "https://127.0.0.1:1", "--etcd-ca", "ca.pem"],
    ]) {
      const { code, stderr } = await engine.run(["swarm", "init", ...args]);
      expect([args, code, stderr]).toEqual([args, 125, expect.stringContaining("--etcd")]);
    }
    expect((await engine.run(["service", "ls"])).stderr).toContain("this node is not part of a swarm");
  });
});
