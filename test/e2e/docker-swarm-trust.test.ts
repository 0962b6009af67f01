import { afterEach, describe, expect, test } from "bun:test";
import { killNode } from "../fixtures/cluster/two-machines.ts";
import { useEngine } from "../fixtures/engine.ts";
import { NO_DOCKER, useService } from "../fixtures/service.ts";

const engine = useEngine();
const service = useService(engine);
const PLACE = ["--listen-addr", "127.0.0.1:0", "--advertise-addr", "127.0.0.1"];

afterEach(async () => void (await engine.run(["swarm", "leave", "--force"])), 60_000);

describe.skipIf(NO_DOCKER !== undefined)("the docker command at a cluster", () => {
  test("replaces the root certificate", async () => {
    await service.dockerOk(["swarm", "init", ...PLACE]);
    const root = await service.dockerOk(["swarm", "ca"]);
    const rotated = await service.dockerOk(["swarm", "ca", "--rotate"]);
    expect(rotated).toContain("desired root digest: sha256:");
    const next = await service.dockerOk(["swarm", "ca"]);
    expect([next === root, rotated.endsWith(next), next.startsWith("-----BEGIN CERT")]).toEqual([false, true, true]);
    await service.dockerOk(["swarm", "ca", "--rotate", "--quiet", "--cert-expiry", "720h"]);
    const info = "{{.Swarm.Cluster.Spec.CAConfig.NodeCertExpiry}} {{.Swarm.Cluster.RootRotationInProgress}}";
    expect(await service.dockerOk(["info", "--format", info])).toBe("720h0m0s false");
  });

  test("locks the manager, and unlocks it", async () => {
    const shown = await service.dockerOk(["swarm", "init", "--autolock", ...PLACE]);
    const key = await service.dockerOk(["swarm", "unlock-key", "-q"]);
    expect(shown).toContain(key);
    expect(await service.dockerOk(["info", "--format", "{{.Swarm.LocalNodeState}}"])).toBe("active");
    await killNode(engine);
    const locked = await service.docker(["node", "ls"]);
    expect([locked.code, locked.stderr]).toEqual([1, expect.stringContaining("Swarm is encrypted and needs to be")]);
    expect(await service.dockerOk(["info", "--format", "{{.Swarm.LocalNodeState}}"])).toBe("locked");
    const wrong = await service.docker(["swarm", "unlock"], { stdin: `${key.slice(0, -3)}AAA\n` });
    expect([wrong.code, wrong.stderr]).toEqual([1, expect.stringContaining("invalid key provided")]);
    await service.dockerOk(["swarm", "unlock"], { stdin: `${key}\n` });
    expect(await service.dockerOk(["node", "ls", "--format", "{{.ManagerStatus}}"])).toBe("Leader");
    const again = await service.docker(["swarm", "unlock"], { stdin: key });
    expect([again.code, again.stderr]).toEqual([1, expect.stringContaining("swarm is not locked")]);
    expect(await service.dockerOk(["swarm", "unlock-key", "-q", "--rotate"])).not.toBe(key);
    expect(await service.dockerOk(["swarm", "update", "--autolock=false"])).toBe("Swarm updated.");
    const none = await service.docker(["swarm", "unlock-key"]);
    expect([none.code, none.stderr]).toEqual([1, expect.stringContaining("no unlock key is set")]);
  });
});
