import { expect, test } from "bun:test";
import { useTwoMachines } from "../fixtures/cluster/two-machines.ts";
import { eventually, IMAGE } from "../fixtures/engine.ts";

const machines = useTwoMachines();
const QUICK = ["-q", "--name", "web", "--stop-grace-period", "0s", "--update-monitor", "100ms"];

test("a manager shows what tasks print on other nodes, by time, and what comes", async () => {
  const talk = "echo one; sleep 0.3; echo two >&2; exec sleep 1000";
  const made = ["service", "create", ...QUICK, "--replicas", "2", IMAGE, "sh", "-c", talk];
  await machines.manager.ok(made);
  const logs = await eventually(
    async () => await machines.manager.run(["service", "logs", "--timestamps", "web"]),
    ({ stdout, stderr }) => stdout.split("\n").length === 3 && stderr.split("\n").length === 3,
  );
  const nodes = await machines.manager.ok(["service", "logs", "--no-resolve", "--tail", "2", "web"]);
  expect(nodes).toContain(`@${machines.id} `);
  const times = logs.stdout
    .trim()
    .split("\n")
    .map((line) => /(\S+Z) one$/.exec(line)?.[1] ?? "");
  expect(times).toEqual(times.toSorted());
  expect(new Set(logs.stdout.match(/web\.\d/g))).toEqual(new Set(["web.1", "web.2"]));
  // A task that begins later, there, is followed, too.
  const following = Bun.spawn(machines.manager.argv(["service", "logs", "--follow", "--no-resolve", "--raw", "web"]), {
    stdout: "pipe",
    stderr: "ignore",
  });
  try {
    await machines.manager.ok(["service", "update", "-q", "--replicas", "4", "web"]);
    const seen = { text: "" };
    for await (const chunk of following.stdout) {
      seen.text += Buffer.from(chunk).toString();
      if (seen.text.split("one").length > 4) break;
    }
    expect(seen.text.match(/one/g)?.length).toBe(4);
  } finally {
    following.kill();
    await following.exited;
  }
}, 60_000);
