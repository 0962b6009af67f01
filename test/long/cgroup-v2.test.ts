import { expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { BINARY } from "../fixtures/engine.ts";
import { runInVm } from "../fixtures/vm.ts";

const ROOT: string = join(import.meta.dir, "../..");
const HALF_AN_HOUR_MS = 1_800_000;
/** What looks at cgroups, at AppArmor or at the kernel's ways most. */
const FILES = ["run.test.ts", "run-resources.test.ts", "run-security.test.ts", "run-network.test.ts", "stop.test.ts"];

test(
  "the engine's tests pass on a host with cgroup v2 alone and AppArmor, under Debian's own kernel",
  async () => {
    const shared = mkdtempSync("/var/tmp/estiba-vm-shared-");
    try {
      const script = `
        export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root TMPDIR=/run/tmp NO_COLOR=1 ESTIBA_BINARY=${BINARY}
        cat /sys/fs/cgroup/cgroup.controllers /sys/module/apparmor/parameters/enabled
        cd ${ROOT} && exec ${process.execPath} test --timeout=300000 ${FILES.map((file) => `./test/integration/${file}`).join(" ")}`;
      const { code, output, console } = await runInVm(script, shared, HALF_AN_HOUR_MS);
      if (code !== 0) throw new Error(`the machine's tests ended with ${code}:\n${output}\n${console}`);
      expect(output).toStartWith("cpuset cpu io memory hugetlb pids rdma misc\nY\n");
      expect(output).toMatch(/\n 0 fail\n/);
      expect(output).not.toMatch(/^\(skip\) with crun/m);
    } finally {
      rmSync(shared, { recursive: true, force: true });
    }
  },
  HALF_AN_HOUR_MS,
);
