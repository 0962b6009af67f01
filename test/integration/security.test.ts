import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { hasApparmor } from "../../src/runtime/apparmor.ts";
import { IMAGE, testRuntimes, useEngine } from "../fixtures/engine.ts";

const engine = useEngine();
const APPARMOR = hasApparmor();

for (const { name: runtime, why } of testRuntimes()) {
  const title = why === undefined ? `with ${runtime}` : `with ${runtime}, skipped: ${why}`;
  describe.skipIf(why !== undefined)(title, () => {
    const run = async (options: readonly string[], script: string) =>
      await engine.run(["--runtime", runtime, "run", "--rm", ...options, IMAGE, "sh", "-c", script]);

    test("the options of /proc are replaced", async () => {
      const options = async (...more: string[]) =>
        (await run(more, "grep ' /proc proc ' /proc/mounts | cut -d' ' -f4")).stdout.trim().split(",");
      expect(await options()).toEqual(expect.arrayContaining(["nosuid", "nodev", "noexec"]));
      const replaced = await options("--security-opt", "proc-opts=nosuid,hidepid=2");
      expect(replaced.some((option) => /^hidepid=(2|invisible)$/.test(option))).toBe(true);
      expect(replaced).toContain("nosuid");
      expect(replaced).not.toContain("noexec");
    });

    test("with system paths unconfined, nothing of /proc is hidden or protected", async () => {
      const hidden = "grep -cE ' /(proc|sys)/' /proc/mounts";
      const [usual, free] = [await run([], hidden), await run(["--security-opt", "systempaths=unconfined"], hidden)];
      expect(Number(free.stdout)).toBeLessThan(Number(usual.stdout));
      expect((await run(["--security-opt", "systempaths=unconfined"], "grep -c ' /proc/' /proc/mounts")).stdout).toBe(
        "0\n",
      );
    });

    test("no-new-privileges takes what a set-uid program would give", async () => {
      const status = async (...options: string[]) => (await run(options, "grep NoNewPrivs /proc/self/status")).stdout;
      expect(await status("--security-opt", "no-new-privileges:true")).toBe("NoNewPrivs:\t1\n");
      expect(await status("--security-opt", "no-new-privileges=false")).toBe("NoNewPrivs:\t0\n");
    });

    test("labels are no concern of this host, but can be switched off", async () => {
      expect((await run(["--security-opt", "label=disable"], "true")).code).toBe(0);
      const { code, stderr } = await run(["--security-opt", "label=type:container_t"], "true");
      expect(code).toBe(125);
      expect(stderr).toContain("SELinux");
    });

    test("a read-only root is read-only, with scratch folders unless they are refused", async () => {
      const script =
        "touch /x 2>/dev/null || echo denied; for d in /run /tmp /var/tmp; do touch $d/x 2>/dev/null && echo $d; done; touch /dev/shm/x && echo shm";
      expect((await run(["--read-only"], script)).stdout).toBe("denied\n/run\n/tmp\n/var/tmp\nshm\n");
      expect((await run(["--read-only", "--read-only-tmpfs=false"], script)).stdout).toMatch(/^denied\n(shm\n)?$/);
    });

    test("the built-in filter is asked for by name, and a privileged container has none", async () => {
      const mode = "grep '^Seccomp:' /proc/self/status | cut -f2";
      expect((await run(["--security-opt", "seccomp=builtin"], mode)).stdout).toBe("2\n");
      expect((await run(["--privileged"], mode)).stdout).toBe("0\n");
    });

    test.skipIf(!APPARMOR)(
      "with AppArmor, a container runs under the default profile, which forbids mounts",
      async () => {
        const confined = await run([], "cat /proc/self/attr/current");
        expect(confined.stdout).toMatch(/^estiba-default-[0-9a-f]{8} \(enforce\)\n$/);
        expect(confined.stderr).toBe("");
        expect(readFileSync("/sys/kernel/security/apparmor/profiles", "utf8")).toContain(confined.stdout.trim());
        const mount = ["--cap-add", "SYS_ADMIN", "--security-opt", "seccomp=unconfined"];
        const script = "mkdir -p /m; mount -t tmpfs x /m 2>&1 && echo mounted";
        expect((await run(mount, script)).stdout).not.toContain("mounted");
        expect((await run([...mount, "--security-opt", "apparmor=unconfined"], script)).stdout).toContain("mounted");
      },
    );

    test.skipIf(!APPARMOR)("with AppArmor, the default profile confines exec too, and inspect names it", async () => {
      const id = await engine.ok(["--runtime", runtime, "run", "-d", IMAGE, "sleep", "1000"]);
      const profile = await engine.ok(["exec", id, "cat", "/proc/self/attr/current"]);
      expect(profile).toMatch(/^estiba-default-[0-9a-f]{8} \(enforce\)$/);
      expect(await engine.ok(["inspect", "--format", "{{.AppArmorProfile}}", id])).toBe(
        profile.replace(" (enforce)", ""),
      );
      expect((await run(["--privileged"], "cat /proc/self/attr/current")).stdout).toBe("unconfined\n");
      const { code, stderr } = await run(["--security-opt", "apparmor=nonesuch"], "true");
      expect(code).toBe(125);
      expect(stderr).toContain('"nonesuch" is not loaded');
    });

    test.skipIf(APPARMOR)("without AppArmor, a profile that is asked for is refused", async () => {
      const { code, stderr } = await run(["--security-opt", "apparmor=docker-default"], "true");
      expect(code).toBe(125);
      expect(stderr).toContain("does not have AppArmor");
      expect((await run(["--security-opt", "apparmor=unconfined"], "true")).code).toBe(0);
    });
  });
}

test("security options that mean nothing are refused by name", async () => {
  for (const option of [
    "proc-opts=",
    "mask=relative",
    "systempaths=none",
    "no-new-privileges=maybe",
    "apparmor=",
    "label",
  ]) {
    const { code, stderr } = await engine.run(["run", "--rm", "--security-opt", option, IMAGE, "true"]);
    expect({ option, code }).toEqual({ option, code: 125 });
    expect(stderr).toContain("--security-opt");
  }
});
