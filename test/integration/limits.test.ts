import { describe, expect, test } from "bun:test";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { removeCgroups } from "../../src/engine/check/cgroups.ts";
import { readCgroupMode } from "../../src/host/cgroup-mode.ts";
import { readHardLimits } from "../../src/host/limits.ts";
import { readProcStatus } from "../../src/host/proc-status.ts";
import { readCgroup } from "../fixtures/cgroup.ts";
import { IMAGE, testRuntimes, useEngine } from "../fixtures/engine.ts";

const engine = useEngine();
const MIB = 1024 * 1024;
const UNIFIED = readCgroupMode() === "v2";
const CAP_SYS_RESOURCE = 1n << 24n;
const MAY_RAISE = (readProcStatus().capEffective & CAP_SYS_RESOURCE) !== 0n;
const DISK = `/dev/${readdirSync("/sys/block").find((name) => /^(vd|sd|nvme|loop)/.test(name))}`;

const file = async (id: string, v2: string, v1: readonly [string, string]) => await readCgroup(engine, id, v2, v1);

for (const { name: runtime, why } of testRuntimes()) {
  const title = why === undefined ? `with ${runtime}` : `with ${runtime}, skipped: ${why}`;
  describe.skipIf(why !== undefined)(title, () => {
    const run = async (options: readonly string[], ...command: string[]) =>
      await engine.run(["--runtime", runtime, "run", "--rm", ...options, IMAGE, ...command]);
    const detached = async (...options: string[]) =>
      await engine.ok(["--runtime", runtime, "run", "-d", ...options, IMAGE, "sleep", "1000"]);

    test("swap is limited to twice the memory, or as asked for, and memory is reserved", async () => {
      const swap = async (id: string) => await file(id, "memory.swap.max", ["memory", "memory.memsw.limit_in_bytes"]);
      const both = (memory: number, total: number) => String(UNIFIED ? total - memory : total);
      expect(await swap(await detached("-m", "64m"))).toBe(both(64 * MIB, 128 * MIB));
      expect(await swap(await detached("-m", "64m", "--memory-swap", "96m"))).toBe(both(64 * MIB, 96 * MIB));
      const free = await swap(await detached("-m", "64m", "--memory-swap", "-1"));
      expect(UNIFIED ? free === "max" : Number(free) > 2 ** 60).toBe(true);
      const id = await detached("--memory-reservation", "32m");
      expect(await file(id, "memory.low", ["memory", "memory.soft_limit_in_bytes"])).toBe(String(32 * MIB));
    });

    test("what only cgroup v1 knows is obeyed there, and left out with a warning elsewhere", async () => {
      const script = "cat /sys/fs/cgroup/memory/memory.swappiness /sys/fs/cgroup/memory/memory.oom_control";
      const { stdout, stderr, code } = await run(
        ["--memory-swappiness", "7", "--oom-kill-disable", "-m", "64m"],
        "sh",
        "-c",
        UNIFIED ? "true" : script,
      );
      expect(code).toBe(0);
      if (UNIFIED) {
        expect(stderr).toContain("Memory swappiness discarded");
        expect(stderr).toContain("OomKillDisable discarded");
      } else expect(stdout).toMatch(/^7\noom_kill_disable 1\n/);
    });

    test("CPU time is given by quota and period, and not beside a number of CPUs", async () => {
      const id = await detached("--cpu-quota", "20000", "--cpu-period", "50000");
      expect(await file(id, "cpu.max", ["cpu", "cpu.cfs_quota_us"])).toBe(UNIFIED ? "20000 50000" : "20000");
      expect((await run(["--cpus", "1", "--cpu-quota", "20000"], "true")).code).toBe(125);
    });

    test("rates and weights of block devices reach the cgroup, or are left out with a warning", async () => {
      const id = await detached("--device-read-bps", `${DISK}:1mb`, "--device-write-iops", `${DISK}:77`);
      expect(await file(id, "io.max", ["blkio", "blkio.throttle.read_bps_device"])).toContain("1048576");
      expect(await file(id, "io.max", ["blkio", "blkio.throttle.write_iops_device"])).toContain("77");
      const { code, stderr } = await run(["--blkio-weight", "300"], "true");
      expect(code).toBe(0);
      const weighs = [
        "/sys/fs/cgroup/blkio/blkio.weight",
        ...(runtime === "crun" ? [] : ["/sys/fs/cgroup/blkio/blkio.bfq.io_serviced"]),
        "/sys/fs/cgroup/io.cost.qos",
      ].some((path) => existsSync(path));
      expect(stderr.includes("Weight discarded")).toBe(!weighs);
      expect((await run(["--device-read-bps", "/dev/null:1mb"], "true")).stderr).toContain("is not a block device");
    });

    test("the score for the killer without memory is set, as far as this host allows", async () => {
      const least = MAY_RAISE ? -500 : Number(readFileSync("/proc/self/oom_score_adj", "utf8"));
      expect((await run(["--oom-score-adj", "700"], "cat", "/proc/self/oom_score_adj")).stdout).toBe("700\n");
      const { stdout, stderr } = await run(["--oom-score-adj", "-500"], "cat", "/proc/self/oom_score_adj");
      expect(Number(stdout)).toBe(least);
      expect(stderr.split("\n").filter((line) => line.includes("--oom-score-adj")).length).toBe(MAY_RAISE ? 0 : 1);
    });

    test("a limit of resources beyond the host's is clamped with one warning, a default one silently", async () => {
      const hard = readHardLimits(["nofile"])["nofile"] ?? 0;
      const shown = ["sh", "-c", "ulimit -Hn; ulimit -Sn"];
      const usual = await run([], ...shown);
      expect(usual.stderr).toBe("");
      expect(usual.stdout.split("\n")[0]).toBe(String(MAY_RAISE ? 1_048_576 : Math.min(hard, 1_048_576)));
      expect((await run(["--ulimit", "nofile=100:200"], ...shown)).stdout).toBe("200\n100\n");
      const high = await run(["--ulimit", `nofile=${hard + 7}`], ...shown);
      expect(high.stdout.split("\n")[0]).toBe(String(MAY_RAISE ? hard + 7 : hard));
      expect(high.stderr.split("\n").filter((line) => line.includes("nofile")).length).toBe(MAY_RAISE ? 0 : 1);
      expect((await run(["--ulimit", "host"], ...shown)).stdout.split("\n")[0]).toBe(String(hard));
      expect((await run(["--ulimit", "core=-1"], "sh", "-c", "ulimit -Sc")).code).toBe(0);
    });

    test("shared memory has its size, and none at all without a limit", async () => {
      const size = ["sh", "-c", "df -k /dev/shm | tail -1 | awk '{print $2}'"];
      expect((await run(["--shm-size", "8m"], ...size)).stdout).toBe("8192\n");
      expect((await run([], ...size)).stdout).toBe("65536\n");
      const [line = ""] = (await run(["--shm-size", "0"], "grep", " /dev/shm ", "/proc/mounts")).stdout.split("\n");
      expect(line).not.toMatch(/size=(8192|65536)k/);
    });

    test("parameters of the kernel are set in the container's namespaces, and no others", async () => {
      const set = ["--sysctl", "net.core.somaxconn=321", "--sysctl", "kernel.msgmax=4321"];
      const read = ["cat", "/proc/sys/net/core/somaxconn", "/proc/sys/kernel/msgmax"];
      expect((await run(set, ...read)).stdout).toBe("321\n4321\n");
      for (const wrong of ["kernel.panic=1", "vm.swappiness=1", "net.core.somaxconn"]) {
        const { code, stderr } = await run(["--sysctl", wrong], "true");
        expect({ wrong, code }).toEqual({ wrong, code: 125 });
        expect(stderr).toContain(wrong.split("=")[0] ?? "");
      }
    });

    test("its cgroup lies below the parent asked for, and is gone with it", async () => {
      const parent = `/estiba-test-${process.pid}-${runtime}`;
      const id = await detached("--cgroup-parent", parent);
      const path = await engine.ok(["inspect", "--format", "{{.State.CgroupPath}}", id]);
      expect(path).toBe(`${parent}/${id}`);
      expect(await file(id, "pids.max", ["pids", "pids.max"])).toBe("2048");
      await engine.ok(["rm", "-f", "-t", "0", id]);
      const left = ["", "/pids", "/memory"].map((hierarchy) => `/sys/fs/cgroup${hierarchy}${parent}`);
      expect(left.filter((folder) => existsSync(`${folder}/${id}`))).toEqual([]);
      await run(["--cgroup-parent", parent], "true");
      expect(
        left
          .flatMap((folder) => (existsSync(folder) ? readdirSync(folder) : []))
          .filter((name) => /^[0-9a-f]{64}$/.test(name)),
      ).toEqual([]);
      for (const bad of ["user.slice", "/a/../b"]) expect((await run(["--cgroup-parent", bad], "true")).code).toBe(125);
      // It is the user's own, and stays.
      await removeCgroups(parent);
    });

    test("the monitor has a cgroup of its own, or with no-conmon that of its caller", async () => {
      const own = readFileSync("/proc/self/cgroup", "utf8");
      const monitor = async (id: string) =>
        readFileSync(`/proc/${await engine.ok(["inspect", "--format", "{{.State.ConmonPid}}", id])}/cgroup`, "utf8");
      expect(await monitor(await detached())).toContain("/conmon");
      expect(await monitor(await detached("--cgroups", "no-conmon"))).toBe(own);
      for (const bad of ["disabled", "split", "nonesuch"])
        expect((await run(["--cgroups", bad], "true")).code).toBe(125);
    });

    test("a file of a v2 cgroup is written by hand; on v1 that is refused", async () => {
      if (UNIFIED) {
        const id = await detached("--cgroup-conf", "memory.high=67108864");
        return expect(await file(id, "memory.high", ["", ""])).toBe("67108864");
      }
      const { code, stderr } = await run(["--cgroup-conf", "memory.high=67108864"], "true");
      expect(code).toBe(125);
      expect(stderr).toContain("needs cgroup v2");
    });

    test("limits of memory that contradict each other are refused in Podman's words", async () => {
      for (const [options, words] of [
        [["-m", "64m", "--memory-swap", "32m"], "minimum memoryswap limit should be larger than memory limit"],
        [["--memory-swap", "64m"], "you should always set a memory limit when using a memoryswap limit"],
        [
          ["-m", "64m", "--memory-reservation", "128m"],
          "minimum memory limit cannot be less than memory reservation limit",
        ],
      ] as const) {
        const { code, stderr } = await run(options, "true");
        expect({ options, code }).toEqual({ options, code: 125 });
        expect(stderr).toContain(words);
        for (const verb of [
          ["create", ...options, IMAGE],
          ["pod", "create", ...options],
        ]) {
          const made = await engine.run(verb);
          expect([made.code, made.stderr]).toEqual([125, expect.stringContaining(words)]);
        }
      }
    });
  });
}
