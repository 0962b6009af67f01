import { expect, test } from "bun:test";
import { testInVm } from "../fixtures/vm.ts";

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
    const output = await testInVm(names, {
      before: "cat /sys/fs/cgroup/cgroup.controllers /sys/module/apparmor/parameters/enabled",
      after: "grep estiba-default /sys/kernel/security/apparmor/profiles",
      timeoutMs: HALF_AN_HOUR_MS,
    });
    expect(output).toStartWith("cpuset cpu io memory hugetlb pids rdma misc\nY\n");
    expect(output).toMatch(/\n 0 fail\n/);
    expect(output).not.toMatch(/^\(skip\) with crun > with AppArmor/m);
    expect(output).toMatch(/\nestiba-default-[0-9a-f]{8} \(enforce\)\n/);
  },
  HALF_AN_HOUR_MS,
);
