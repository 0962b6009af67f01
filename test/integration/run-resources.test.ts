import { describe, expect, test } from "bun:test";
import { readCgroup } from "../fixtures/cgroup.ts";
import { IMAGE, testRuntimes, useEngine } from "../fixtures/engine.ts";

const engine = useEngine();
const MIB = 1024 * 1024;

const cgroupFile = async (id: string, v2: string, v1: readonly [string, string]) =>
  await readCgroup(engine, id, v2, v1);

for (const { name: runtime, why } of testRuntimes()) {
  const title = why === undefined ? `with ${runtime}` : `with ${runtime}, skipped: ${why}`;
  describe.skipIf(why !== undefined)(title, () => {
    const detached = async (...options: string[]) =>
      await engine.ok(["--runtime", runtime, "run", "-d", ...options, IMAGE, "sleep", "1000"]);

    test("memory is limited", async () => {
      const id = await detached("--memory", "64m");
      expect(await cgroupFile(id, "memory.max", ["memory", "memory.limit_in_bytes"])).toBe(String(64 * MIB));
    });

    test("CPU time is limited", async () => {
      const id = await detached("--cpus", "0.5");
      const limit = await cgroupFile(id, "cpu.max", ["cpu", "cpu.cfs_quota_us"]);
      expect(limit.split(" ")[0]).toBe("50000");
    });

    test("the number of processes is limited, to 2048 by default", async () => {
      expect(await cgroupFile(await detached("--pids-limit", "17"), "pids.max", ["pids", "pids.max"])).toBe("17");
      expect(await cgroupFile(await detached(), "pids.max", ["pids", "pids.max"])).toBe("2048");
      expect(await cgroupFile(await detached("--pids-limit", "-1"), "pids.max", ["pids", "pids.max"])).toBe("max");
    });

    test("the limit of processes holds", async () => {
      const script = "for i in 1 2 3 4 5 6 7 8 9; do sleep 5 & done; echo made";
      const { stderr } = await engine.run([
        "--runtime",
        runtime,
        "run",
        "--rm",
        "--pids-limit",
        "4",
        IMAGE,
        "sh",
        "-c",
        script,
      ]);
      expect(stderr).toMatch(/can't fork|Resource temporarily unavailable/);
    });

    test("a container that takes more memory than it may is killed, and inspect says so", async () => {
      const id = await engine.ok([
        "create",
        "--runtime",
        runtime,
        "--memory",
        "24m",
        "--memory-swap",
        "24m",
        IMAGE,
        "sh",
        "-c",
        "head -c 200m /dev/zero | tail",
      ]);
      expect((await engine.run(["start", "-a", id])).code).not.toBe(0);
      expect(await engine.ok(["inspect", "--format", "{{.State.OOMKilled}}", id])).toBe("true");
    });

    test("CPU weights and sets reach the cgroup", async () => {
      const id = await detached("--cpu-shares", "512", "--cpuset-cpus", "0");
      expect(await cgroupFile(id, "cpuset.cpus", ["cpuset", "cpuset.cpus"])).toBe("0");
      // v2 knows weights, which the runtime converts.
      expect(["512", "20", "59"]).toContain(await cgroupFile(id, "cpu.weight", ["cpu", "cpu.shares"]));
    });
  });
}

test("impossible limits are refused, naming option and value", async () => {
  for (const [option, value] of [
    ["--memory", "12x"],
    ["--memory", "-1"],
    ["--cpus", "many"],
    ["--cpus", "-1"],
    ["--pids-limit", "few"],
    ["--shm-size", "?"],
    ["--cpuset-cpus", "99"],
    ["--ulimit", "nofile"],
    ["--ulimit", "nonesuch=1"],
    ["--sysctl", "nonesuch.x=1"],
  ] as const) {
    const { code, stderr } = await engine.run(["run", "--rm", option, value, IMAGE, "true"]);
    expect({ option, value, code }).toEqual({ option, value, code: 125 });
    expect(stderr).toStartWith("Error: ");
    // What only the kernel can refuse, the runtime names its own way.
    expect(stderr).toMatch(
      option === "--cpuset-cpus" ? /cpuset/ : new RegExp(RegExp.escape(value.split("=")[0] ?? "")),
    );
  }
});
