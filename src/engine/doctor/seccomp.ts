import { existsSync } from "node:fs";
import { libseccompStamp } from "../../host/libseccomp.ts";
import { type DoctorFinding, fine, trouble } from "./finding.ts";

/** Whether the kernel filters system calls, and whether filters can be compiled ahead. */
export function checkSeccomp(): DoctorFinding[] {
  if (!existsSync("/proc/sys/kernel/seccomp/actions_avail")) {
    return [
      trouble("error", "seccomp", {
        what: "this kernel has no seccomp filters",
        why: "containers start only with --security-opt seccomp=unconfined",
        fix: "install a kernel with CONFIG_SECCOMP_FILTER",
      }),
    ];
  }
  const stamp = libseccompStamp();
  if (stamp !== undefined) return [fine("seccomp", stamp.split(" ")[0] ?? stamp)];
  return [
    trouble("warning", "seccomp", {
      what: "libseccomp is not installed",
      why: "the runtime compiles the filter anew at each start, which takes some 20 ms",
      fix: "apt-get install -y libseccomp2",
    }),
  ];
}
