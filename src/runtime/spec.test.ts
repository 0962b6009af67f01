import { expect, test } from "bun:test";
import { recordOf, specOf } from "../../test/fixtures/record.ts";
import type { RuntimeSpec } from "../oci/runtime-spec.ts";
import type { ContainerRecord } from "../state/container.ts";
import type { HostLimits } from "./host-limits.ts";
import { buildRuntimeSpec } from "./spec.ts";
import { clampedLimits, planResources, printSpec } from "./spec-resources.ts";

const NO_CAPABILITIES = { bounding: [], effective: [], permitted: [], inheritable: [], ambient: [] };
const HOST: HostLimits = {
  hardLimits: { nofile: 20_000, nproc: 500 },
  swapAccounting: true,
  unified: false,
  controllers: ["blkio", "cpu", "cpuset", "memory", "pids"],
  blockWeights: true,
  realTime: true,
  leastOomScore: -1000,
  blockDevices: {},
};

function build(record: ContainerRecord): RuntimeSpec {
  const { security, resources, network } = record.spec;
  const hostNetwork = network === "host";
  return buildRuntimeSpec({
    record,
    rootfs: "/root/merged",
    user: { name: "root", uid: 0, gid: 0, additionalGids: [], home: "/root" },
    capabilities: NO_CAPABILITIES,
    seccomp: undefined,
    seccompBpf: "QUJD",
    namespaces: [
      ...(["pid", "ipc", "uts", "mount", "cgroup"] as const).map((type) => ({ type })),
      ...(hostNetwork ? [] : [{ type: "network" as const, path: "/proc/1/fd/9" }]),
    ],
    ownNetwork: !hostNetwork,
    hostMasks: ["/sys/devices/system/cpu/cpu0/thermal_throttle"],
    cgroupsPath: "/estiba/x",
    mounts: {
      mounts: record.mounts.map((mount) => ({ mount, source: `/host${"source" in mount ? `/${mount.source}` : ""}` })),
      files: [{ source: "/b/hosts", target: "/etc/hosts" }],
      shm: { bytes: resources.shmBytes ?? 65_536 },
      privileged: security.privileged,
      readOnlyRoot: security.readOnlyRoot,
      readOnlyTmpfs: security.readOnlyTmpfs,
      fromHost: hostNetwork ? ["/sys"] : [],
      left: [],
      ttyGroup: true,
      systemd: record.systemd === true ? "v1" : undefined,
    },
    devices: [],
    resources: planResources(resources, [{ allow: false, access: "rwm" }], HOST),
    apparmorProfile: undefined,
    limits: HOST,
  });
}

test("the defaults hide and protect what the peers hide and protect", () => {
  const { linux } = build(recordOf(specOf("bb")));
  expect(linux.maskedPaths).toEqual(
    expect.arrayContaining([
      "/sys/devices/system/cpu/cpu0/thermal_throttle",
      "/proc/kcore",
      "/proc/keys",
      "/sys/firmware",
      "/proc/interrupts",
    ]),
  );
  expect(linux.readonlyPaths).toEqual(["/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"]);
  expect(linux.resources?.pids).toEqual({ limit: 2048 });
  expect(linux.resources?.devices).toEqual([{ allow: false, access: "rwm" }]);
  expect(linux.namespaces.map(({ type }) => type).toSorted()).toEqual([
    "cgroup",
    "ipc",
    "mount",
    "network",
    "pid",
    "uts",
  ]);
});

test("privileged and unmask=ALL show everything", () => {
  for (const flag of ["--privileged", "--security-opt=unmask=ALL"]) {
    const { linux } = build(recordOf(specOf(flag, "bb")));
    expect([flag, linux.maskedPaths, linux.readonlyPaths]).toEqual([flag, [], []]);
  }
});

test("the environment has one value for each name, the last one", () => {
  const { process } = build(recordOf(specOf("-e", "PATH=/x", "-e", "B=3", "-t", "bb"), { env: ["B=2", "A=1"] }));
  expect(process.env).toEqual([
    "container=oci",
    "TERM=xterm",
    "HOSTNAME=aaaaaaaaaaaa",
    "HOME=/root",
    "A=1",
    "PATH=/x",
    "B=3",
  ]);
});

test("annotations that speak to the runtime come from us alone", () => {
  // The command line refuses them by name; other doors may not.
  const asked = { "run.oci.seccomp_bpf_data": "ZZZZ", mine: "1" };
  const { annotations } = build(recordOf({ ...specOf("bb"), annotations: asked }));
  expect(annotations).toMatchObject({ "run.oci.seccomp_bpf_data": "QUJD", mine: "1" });
});

test("memory counts twice with swap, and not at all where the kernel does not account it", () => {
  expect(build(recordOf(specOf("-m", "64m", "bb"))).linux.resources?.memory).toEqual({
    limit: 67_108_864,
    swap: 134_217_728,
  });
  expect(build(recordOf(specOf("-m", "64m", "--memory-swap", "-1", "bb"))).linux.resources?.memory?.swap).toBe(-1);
  expect(build(recordOf(specOf("--cpus", "1.5", "bb"))).linux.resources?.cpu).toEqual({
    quota: 150_000,
    period: 100_000,
  });
});

test("limits are clamped to the host's, and the user's own are told of", () => {
  const record = recordOf(specOf("--ulimit", "nofile=30000", "--ulimit", "core=-1", "bb"));
  expect(build(record).process.rlimits).toContainEqual({ type: "RLIMIT_NOFILE", soft: 20_000, hard: 20_000 });
  expect(clampedLimits(record.spec.ulimits, HOST)).toEqual(["nofile"]);
  expect(printSpec(build(record))).toContain(
    '"type":"RLIMIT_CORE","soft":18446744073709551615,"hard":18446744073709551615',
  );
});

test("shallow mounts come before deep ones, and the user's replace ours", () => {
  const { mounts } = build(
    recordOf(specOf("-v", "/a:/data/deep", "-v", "v:/data", "--tmpfs", "/dev/shm:size=1m", "bb")),
  );
  const order = mounts.map(({ destination }) => destination);
  expect(order.indexOf("/data")).toBeLessThan(order.indexOf("/data/deep"));
  expect(order.filter((path) => path === "/dev/shm")).toHaveLength(1);
  expect(mounts.find(({ destination }) => destination === "/dev/shm")?.options).toContain("size=1m");
});

test("a read-only bind is read-only for what is mounted below it too", () => {
  const { mounts } = build(recordOf(specOf("-v", "/a:/a:ro", "bb")));
  expect(mounts.find(({ destination }) => destination === "/a")?.options).toEqual(["rbind", "rprivate", "ro", "rro"]);
});

test("a read-only root has writable /run, /tmp and /var/tmp unless told otherwise", () => {
  const targets = (...argv: string[]): string[] =>
    build(recordOf(specOf(...argv, "bb"))).mounts.map(({ destination }) => destination);
  expect(targets("--read-only")).toEqual(expect.arrayContaining(["/run", "/tmp", "/var/tmp"]));
  expect(targets("--read-only", "--read-only-tmpfs=false")).not.toContain("/tmp");
});
