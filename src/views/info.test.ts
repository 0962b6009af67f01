import { expect, test } from "bun:test";
import type { SystemFacts } from "../engine/info.ts";
import { infoDocument, infoMethods } from "./info.ts";

const facts: SystemFacts = {
  host: {
    architecture: "arm64",
    hostname: "h",
    kernel: "6.1.0",
    cpus: 4,
    memoryTotalBytes: 8_000,
    memoryFreeBytes: 4_000,
    swapTotalBytes: 0,
    swapFreeBytes: 0,
    uptimeSeconds: 90_061,
    cpuPercent: { user: 1.5, system: 2.5, idle: 96 },
    distribution: { id: "debian", version: "12", codename: "bookworm" },
    securityModules: ["capability", "apparmor"],
  },
  cgroups: { mode: "v2", unified: "/sys/fs/cgroup", unifiedControllers: ["memory"], swapAccounting: true },
  controllers: ["memory"],
  runtime: { name: "crun", path: "/usr/bin/crun", version: "crun version 1.8.1" },
  conmon: undefined,
  rootless: false,
  seccomp: true,
  cdi: { folders: ["/etc/cdi"], devices: ["vendor.com/dev=one"] },
  hardLimits: { nofile: 4096 },
  capabilities: ["CAP_CHOWN", "CAP_KILL"],
  searchRegistries: ["quay.io"],
  root: "/r",
  runRoot: "/run/r",
  volumes: "/r/volumes",
  temporary: "/r/tmp",
  rootTotalBytes: 100,
  rootUsedBytes: 10,
  backingFileSystem: "extfs",
  containers: { running: 1, paused: 0, stopped: 2, total: 3 },
  images: 5,
};

test("info has Podman's fields", () => {
  expect(infoDocument(facts, "1.2.3")).toMatchObject({
    host: {
      arch: "arm64",
      cgroupControllers: ["memory"],
      cgroupVersion: "v2",
      conmon: {},
      cpuUtilization: { userPercent: 1.5, systemPercent: 2.5, idlePercent: 96 },
      idMappings: { gidmap: null, uidmap: null },
      distribution: { codename: "bookworm", distribution: "debian", version: "12" },
      memTotal: 8_000,
      ociRuntime: { name: "crun", path: "/usr/bin/crun", version: "crun version 1.8.1" },
      security: { apparmorEnabled: true, capabilities: "CAP_CHOWN,CAP_KILL", rootless: false, selinuxEnabled: false },
      uptime: "25h 1m 1.00s (Approximately 1.04 days)",
    },
    registries: { search: ["quay.io"] },
    store: {
      containerStore: { number: 3, paused: 0, running: 1, stopped: 2 },
      graphRoot: "/r",
      imageStore: { number: 5 },
    },
    version: { Version: "1.2.3", OsArch: "linux/arm64" },
  });
});

test("without search registries, registries is empty as Podman's", () => {
  expect(infoDocument({ ...facts, searchRegistries: [] }, "1")).toMatchObject({ registries: {} });
});

test("templates find Docker's fields, and the one whose name in Go is not that of its JSON", () => {
  const methods = infoMethods(infoDocument(facts, "1.2.3"), { Driver: "other", Swarm: { LocalNodeState: "inactive" } });
  const found = ["ServerVersion", "NCPU", "Driver", "ContainersRunning", "CgroupVersion", "CgroupsVersion"];
  expect(found.map((name) => methods[name]?.())).toEqual(["1.2.3", 4, "overlay", 1, "2", "v2"]);
  expect(methods["Swarm"]?.()).toEqual({ LocalNodeState: "inactive" });
});
