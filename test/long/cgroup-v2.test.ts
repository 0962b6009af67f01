import { expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { BINARY } from "../fixtures/engine.ts";
import { runInVm } from "../fixtures/vm.ts";

const ROOT: string = join(import.meta.dir, "../..");
const HALF_AN_HOUR_MS = 1_800_000;
/** What looks at cgroups, at AppArmor or at the kernel's ways most; each row in a machine of its own. */
const FILES = [
  ["run", "run-resources", "stop", "verbs"],
  ["limits", "update", "devices"],
  ["security", "run-security"],
  ["namespaces", "userns", "run-network"],
  ["stats", "top"],
] as const;

test.each(FILES.map((names) => [names.join(", "), names] as const))(
  "the engine's tests of %s pass on a host with cgroup v2 alone and AppArmor, under Debian's own kernel",
  async (_, names) => {
    const shared = mkdtempSync("/var/tmp/estiba-vm-shared-");
    try {
      const script = `
        export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root TMPDIR=/run/tmp NO_COLOR=1 ESTIBA_BINARY=${BINARY}
        cat /sys/fs/cgroup/cgroup.controllers /sys/module/apparmor/parameters/enabled
        cd ${ROOT} && ${process.execPath} test --timeout=300000 ${names.map((name) => `./test/integration/${name}.test.ts`).join(" ")}
        code=$?
        grep estiba-default /sys/kernel/security/apparmor/profiles
        exit $code`;
      const { code, output, console } = await runInVm(script, shared, HALF_AN_HOUR_MS);
      if (code !== 0) throw new Error(`the machine's tests ended with ${code}:\n${output}\n${console}`);
      expect(output).toStartWith("cpuset cpu io memory hugetlb pids rdma misc\nY\n");
      expect(output).toMatch(/\n 0 fail\n/);
      expect(output).not.toMatch(/^\(skip\) with crun > with AppArmor/m);
      expect(output).toMatch(/\nestiba-default-[0-9a-f]{8} \(enforce\)\n/);
    } finally {
      rmSync(shared, { recursive: true, force: true });
    }
  },
  HALF_AN_HOUR_MS,
);
