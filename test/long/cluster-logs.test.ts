import { expect, test } from "bun:test";
import { holdNode, letGo, useTwoMachines } from "../fixtures/cluster/two-machines.ts";
import { IMAGE } from "../fixtures/engine.ts";

const machines = useTwoMachines();

test("logs of a node that is silent are told to be missing; those of the others are there", async () => {
  const quick = ["-q", "--name", "web", "--stop-grace-period", "0s", "--update-monitor", "100ms"];
  await machines.manager.ok(
    ["service", "create", ...quick, "--replicas", "2"].concat([IMAGE, "sh", "-c", "echo one; exec sleep 1000"]),
  );
  await holdNode(machines.worker);
  const early = await machines.manager.run(["service", "logs", "web"]);
  await machines.workerIs("Down");
  const late = await machines.manager.run(["service", "logs", "web"]);
  letGo(machines.worker);
  for (const { stdout, stderr } of [early, late]) {
    expect(stdout).toContain("one");
    expect(stderr).toContain("is not in touch with this manager");
  }
}, 60_000);
