import { describe, expect, test } from "bun:test";
import { chmodSync, readdirSync, writeFileSync } from "node:fs";
import { readCgroupMode } from "../../src/host/cgroup-mode.ts";
import { findRuntime } from "../../src/runtime/choose-runtime.ts";
import { readCgroup } from "../fixtures/cgroup.ts";
import { IMAGE, testRuntimes, useEngine } from "../fixtures/engine.ts";

const engine = useEngine();
const MIB = 1024 * 1024;
const UNIFIED = readCgroupMode() === "v2";

const file = async (id: string, v2: string, v1: readonly [string, string]) => await readCgroup(engine, id, v2, v1);
const memory = async (id: string) => await file(id, "memory.max", ["memory", "memory.limit_in_bytes"]);
const processes = async (id: string) => await file(id, "pids.max", ["pids", "pids.max"]);
const quota = async (id: string) => (await file(id, "cpu.max", ["cpu", "cpu.cfs_quota_us"])).split(" ")[0];
const inspected = async (id: string, template: string) => await engine.ok(["inspect", "--format", template, id]);

for (const { name: runtime, why } of testRuntimes()) {
  const title = why === undefined ? `with ${runtime}` : `with ${runtime}, skipped: ${why}`;
  describe.skipIf(why !== undefined)(title, () => {
    const detached = async (...options: string[]) =>
      await engine.ok(["--runtime", runtime, "run", "-d", ...options, IMAGE, "sleep", "1000"]);

    test("a running container's limits change at once, those not named stay", async () => {
      const id = await detached("--pids-limit", "50");
      expect(await engine.ok(["update", "--memory", "64m", "--cpus", "0.5", "--cpuset-cpus", "0", id])).toBe(id);
      expect([await memory(id), await quota(id), await processes(id)]).toEqual([String(64 * MIB), "50000", "50"]);
      expect(await file(id, "cpuset.cpus", ["cpuset", "cpuset.cpus"])).toBe("0");
      await engine.ok(["container", "update", "--memory", "32m", "--pids-limit", "7", id]);
      expect([await memory(id), await quota(id), await processes(id)]).toEqual([String(32 * MIB), "50000", "7"]);
      expect(await inspected(id, "{{.HostConfig.Memory}} {{.HostConfig.PidsLimit}}")).toBe(`${32 * MIB} 7`);
    });

    test("limits are taken away again", async () => {
      const id = await detached("--memory", "64m", "--cpus", "0.5", "--pids-limit", "7", "--memory-reservation", "32m");
      await engine.ok([
        "update",
        "--memory",
        "0",
        "--memory-reservation",
        "0",
        "--cpus",
        "0",
        "--pids-limit",
        "-1",
        id,
      ]);
      expect(await processes(id)).toBe("max");
      expect(await quota(id)).toBe(UNIFIED ? "max" : "-1");
      const free = await memory(id);
      expect(UNIFIED ? free === "max" : Number(free) > 2 ** 60).toBe(true);
    });

    test("rates of block devices change one by one", async () => {
      const disks = readdirSync("/sys/block").filter((name) => /^(vd|sd|nvme|loop)/.test(name));
      const disk = `/dev/${disks[0]}`;
      const rates = async () => await file(id, "io.max", ["blkio", "blkio.throttle.read_bps_device"]);
      const id = await detached();
      await engine.ok(["update", "--device-read-bps", `${disk}:1mb`, id]);
      expect(await rates()).toContain("1048576");
      await engine.ok(["update", "--device-read-bps", `${disk}:0`, "--device-write-iops", `${disk}:99`, id]);
      expect(await rates()).not.toContain("1048576");
      expect(await file(id, "io.max", ["blkio", "blkio.throttle.write_iops_device"])).toContain("99");
    });

    test("what the kernel refuses changes neither the container nor its definition", async () => {
      const id = await detached("--memory", "64m");
      const { code, stderr } = await engine.run([
        "update",
        "--pids-limit",
        "7",
        "--cpu-rt-runtime",
        "-5",
        "--cpuset-mems",
        "77",
        id,
      ]);
      expect(code).toBe(125);
      expect(stderr).toContain("--cpuset-mems");
      expect([await memory(id), await processes(id)]).toEqual([String(64 * MIB), "2048"]);
      expect(await inspected(id, "{{.HostConfig.PidsLimit}}")).toBe("2048");
    });

    test("a paused container's limits change too, and it stays paused", async () => {
      const id = await detached();
      await engine.ok(["pause", id]);
      await engine.ok(["update", "--memory", "64m", id]);
      expect(await memory(id)).toBe(String(64 * MIB));
      expect(await inspected(id, "{{.State.Status}}")).toBe("paused");
      await engine.ok(["unpause", id]);
    });

    test("a created and an ended container have the new limits at their next start", async () => {
      const id = await engine.ok(["create", "--runtime", runtime, IMAGE, "sleep", "1000"]);
      await engine.ok(["update", "--memory", "64m", id]);
      await engine.ok(["start", id]);
      expect(await memory(id)).toBe(String(64 * MIB));
      await engine.ok(["stop", "-t", "0", id]);
      await engine.ok(["update", "--memory", "32m", "--memory-swap", "-1", id]);
      await engine.ok(["start", id]);
      expect(await memory(id)).toBe(String(32 * MIB));
    });

    test("an update that is killed in between is found, and finished by the repair", async () => {
      const real = findRuntime(runtime)?.path ?? "";
      const wrapper = engine.path(`killer-${runtime}`);
      // As soon as the definition is written, whoever wrote it is gone.
      writeFileSync(
        wrapper,
        `#!/bin/sh\ncase "$*" in *" update "*) [ -e ${wrapper}.off ] || kill -9 $PPID;; esac\nexec ${real} "$@"\n`,
      );
      chmodSync(wrapper, 0o755);
      const id = await engine.ok(["run", "-d", "--runtime", wrapper, "--memory", "64m", IMAGE, "sleep", "1000"]);
      expect((await engine.run(["update", "--pids-limit", "9", "--memory", "32m", id])).code).toBe(137);
      const { code, stdout } = await engine.run(["system", "check"]);
      expect({ code, stdout }).toEqual({ code: 1, stdout: expect.stringContaining("an update of container") });
      writeFileSync(`${wrapper}.off`, "");
      await engine.run(["system", "check", "--repair"]);
      expect([await memory(id), await processes(id)]).toEqual([String(32 * MIB), "9"]);
      expect(await inspected(id, "{{.HostConfig.Memory}} {{.HostConfig.PidsLimit}}")).toBe(`${32 * MIB} 9`);
    });
  });
}

test("the environment changes from the next start on", async () => {
  const id = await engine.ok(["create", "-e", "OLD=1", "-e", "KEPT=2", IMAGE, "env"]);
  await engine.ok(["update", "--env", "NEW=3", "--unsetenv", "OLD", id]);
  const output = await engine.ok(["start", "-a", id]);
  expect(output).toContain("NEW=3");
  expect(output).toContain("KEPT=2");
  expect(output).not.toContain("OLD");
});

test("the restart policy changes, but not that of a container which removes itself", async () => {
  const id = await engine.detached([], "sleep", "1000");
  await engine.ok(["update", "--restart", "on-failure:3", "--latest"]);
  expect(
    await inspected(id, "{{.HostConfig.RestartPolicy.Name}}:{{.HostConfig.RestartPolicy.MaximumRetryCount}}"),
  ).toBe("on-failure:3");
  await engine.ok(["update", "--restart", "no", id]);
  const removing = await engine.detached(["--rm"], "sleep", "1000");
  const { code, stderr } = await engine.run(["update", "--restart", "always", removing]);
  expect(code).toBe(125);
  expect(stderr).toContain("removes itself");
});

test("a health check is given, changed and taken away", async () => {
  const id = await engine.detached([], "sleep", "1000");
  await engine.ok(["update", "--health-cmd", "true", "--health-interval", "disable", id]);
  expect(await engine.ok(["healthcheck", "run", id])).toBe("");
  await engine.ok(["update", "--health-retries", "7", id]);
  expect(await inspected(id, "{{.Config.Healthcheck.Retries}} {{json .Config.Healthcheck.Test}}")).toBe(
    '7 ["CMD-SHELL","true"]',
  );
  await engine.ok(["update", "--no-healthcheck", id]);
  expect((await engine.run(["healthcheck", "run", id])).code).toBe(125);
});

test("several are changed at once, and what does not exist or means nothing is refused", async () => {
  for (const args of [["nonesuch"], [], ["--memory", "x", "nonesuch"], ["--restart", "sometimes", "nonesuch"]])
    expect({ args, code: (await engine.run(["update", ...args])).code }).toEqual({ args, code: 125 });
  const ids = [await engine.ok(["create", IMAGE, "true"]), await engine.ok(["create", IMAGE, "true"])];
  expect(await engine.ok(["update", "--memory", "64m", ...ids])).toBe(ids.join("\n"));
});
