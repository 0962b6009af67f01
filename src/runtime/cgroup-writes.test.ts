import { expect, test } from "bun:test";
import { cgroupWrites } from "./cgroup-writes.ts";
import type { HostLimits } from "./host-limits.ts";

const V1: HostLimits = {
  hardLimits: undefined,
  swapAccounting: true,
  unified: false,
  controllers: ["blkio", "cpu", "memory", "pids"],
  blockWeights: false,
  realTime: false,
  leastOomScore: -1000,
  blockDevices: {},
};
const V2: HostLimits = { ...V1, unified: true };
const texts = (...args: Parameters<typeof cgroupWrites>) =>
  cgroupWrites(...args).map(({ controller, file, text }) => `${controller}/${file}=${text}`);

test("no limit of processes and CPU time is written in the words of each version", () => {
  expect(texts({}, V1)).toEqual(["pids/pids.max=max", "cpu/cpu.cfs_quota_us=-1"]);
  expect(texts({}, V2)).toEqual(["pids/pids.max=max", "cpu/cpu.max=max 100000"]);
  expect(texts({ pids: { limit: 5 }, cpu: { quota: 5000, period: 10_000 } }, V2)).toEqual(["pids/pids.max=5"]);
  expect(texts({ cpu: { quota: -1, period: 50_000 } }, V2)).toContain("cpu/cpu.max=max 50000");
});

test("rates of devices are written one by one, and 0 takes one away", () => {
  const blockIO = {
    throttleReadBpsDevice: [{ major: 8, minor: 0, rate: 1000 }],
    throttleWriteIOPSDevice: [{ major: 8, minor: 1, rate: 0 }],
  };
  expect(texts({ blockIO }, V1).slice(2)).toEqual([
    "blkio/blkio.throttle.read_bps_device=8:0 1000",
    "blkio/blkio.throttle.write_iops_device=8:1 0",
  ]);
  expect(texts({ blockIO }, V2).slice(2)).toEqual(["io/io.max=8:0 rbps=1000", "io/io.max=8:1 wiops=max"]);
});

test("a controller that the host lacks is left alone", () => {
  expect(texts({}, { ...V1, controllers: [] })).toEqual([]);
});
