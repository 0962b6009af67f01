import { readCgroupSetup, readV1Controllers } from "../../host/cgroup-mode.ts";
import { type DoctorFinding, fine, trouble } from "./finding.ts";

// Without these a limit that a user asks for cannot be kept.
const NEEDED = ["memory", "pids", "cpu"];
const BOOT_V2 = "boot the kernel with systemd.unified_cgroup_hierarchy=1";

/** Which cgroup mode the host has, and whether the controllers for limits are there. */
export function checkCgroups(): DoctorFinding[] {
  const { mode, unifiedControllers } = readCgroupSetup();
  if (mode === "none") {
    return [
      trouble("error", "cgroups", {
        what: "no cgroups are mounted at /sys/fs/cgroup",
        why: "no OCI runtime can make a container",
        fix: "mount -t cgroup2 cgroup2 /sys/fs/cgroup",
      }),
    ];
  }
  const controllers = new Set([...unifiedControllers, ...readV1Controllers()]);
  const missing = NEEDED.filter((name) => !controllers.has(name));
  const names = [...controllers].toSorted().join(" ");
  const found =
    mode === "v2"
      ? fine("cgroups", `v2 (${names})`)
      : trouble("warning", "cgroups", {
          what: `${mode} (${names})`,
          why: "v1 hierarchies are slower to enter, give no namespace of their own, and cannot be delegated to users",
          fix: BOOT_V2,
        });
  if (missing.length === 0) return [found];
  const lacking = trouble("warning", "cgroup controllers", {
    what: `missing: ${missing.join(", ")}`,
    why: `the limits of ${missing.join(", ")} have no effect`,
    fix: mode === "v2" ? "boot the kernel with cgroup_enable=memory" : BOOT_V2,
  });
  return [found, lacking];
}
