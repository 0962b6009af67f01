import { join } from "node:path";
import { openTaskNamespace } from "../../src/network/overlay/task-namespace.ts";
import type { Balanced } from "../../src/network/overlay/wanted.ts";
import { Lan } from "../../test/fixtures/cluster/lan.ts";
import type { Machine } from "../../test/fixtures/cluster/machine.ts";
import { median } from "../stats.ts";
import type { Record } from "./rows.ts";

const SERVICES = 10_000;
const FEW = 10;
const BACKENDS = 10;
const LOADS = 3;
const TURNS = 5;
const CONNECTS = "200";
const PORT = "8000";

/** Ten thousand services with ten tasks each, told to the namespace of one container; how long a connection takes with them, and with ten. */
export async function measureBalance(record: Record): Promise<void> {
  await using lan = await Lan.make(["many", "few", "server"]);
  const [many, few, server] = lan.machines;
  if (many === undefined || few === undefined || server === undefined) throw new Error("three machines are made");
  for (let index = 0; index < BACKENDS; index += 1)
    server.run("ip", "addr", "add", `${backend(index)}/32`, "dev", "lo");
  for (const client of [many, few]) client.run("ip", "route", "add", "default", "via", server.address);
  const script = join(import.meta.dir, "connect.ts");
  const serving = Bun.spawn([...server.enter, process.execPath, script, "serve", PORT], { stdout: "pipe" });
  try {
    // It says a line when it listens.
    await serving.stdout.getReader().read();
    tell(few, FEW);
    for (let load = 0; load < LOADS; load += 1) {
      many.run("nft", "flush", "ruleset");
      record("cluster-nft", tell(many, SERVICES));
    }
    const connect = ({ enter }: Machine, vip: string): number => {
      const argv = [...enter, process.execPath, script, "connect", PORT, vip, CONNECTS];
      return Number(Bun.spawnSync(argv, { stderr: "inherit" }).stdout.toString());
    };
    // By turns: what the machine does besides hits both.
    const took: { many: number[]; few: number[] } = { many: [], few: [] };
    for (let turn = 0; turn < TURNS; turn += 1) {
      took.many.push(connect(many, virtual(SERVICES - 1 - turn)));
      took.few.push(connect(few, virtual(turn)));
    }
    record("cluster-connect", median(took.many));
    record("cluster-connect-growth", median(took.many) / median(took.few));
  } finally {
    serving.kill("SIGKILL");
    await serving.exited;
  }
}

/** Tells a machine of so many services; the seconds that took. */
function tell(machine: Machine, count: number): number {
  const backends = Array.from({ length: BACKENDS }, (_, index) => backend(index));
  const balanced = Array.from({ length: count }, (_, index): Balanced => ({ vip: virtual(index), backends }));
  using namespace = openTaskNamespace(machine.pid);
  const started = Bun.nanoseconds();
  namespace.settle({ balanced, way: { gates: [], gateInterface: undefined, home: undefined, home6: undefined } });
  return (Bun.nanoseconds() - started) / 1e9;
}

function virtual(index: number): string {
  return `10.33.${index >> 8}.${index & 255}`;
}

function backend(index: number): string {
  return `10.44.0.${index + 1}`;
}
