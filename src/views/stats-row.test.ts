import { expect, test } from "bun:test";
import { statsJson, statsRow } from "./stats-row.ts";

const ID = "ab".repeat(32);
const usage = {
  cpuNanos: 2e9,
  memoryBytes: 516_100,
  memoryLimitBytes: 25_280_000_000,
  processes: 2,
  readBytes: 0,
  writtenBytes: 1_500_000,
  inputBytes: 472,
  outputBytes: 1036,
  startedAt: 1_000_000,
  takenAt: 1_010_000,
};
const facts = { id: ID, name: "web", usage, previous: undefined, noTrunc: false };

test("a first reading counts since the start, the next ones since the one before", () => {
  expect(statsRow(facts)).toMatchObject({
    ID: ID.slice(0, 12),
    CPUPerc: "20.00%",
    AVGCPU: "20.00%",
    MemUsage: "516.1kB / 25.28GB",
    MemUsageBytes: "504KiB / 23.54GiB",
    MemPerc: "0.00%",
    NetIO: "472B / 1.036kB",
    BlockIO: "0B / 1.5MB",
    PIDS: "2",
    UpTime: "2s",
  });
  const previous = { ...usage, cpuNanos: 1e9, takenAt: 1_008_000 };
  expect(statsRow({ ...facts, previous, noTrunc: true })).toMatchObject({ ID, CPUPerc: "50.00%", AVGCPU: "20.00%" });
});

test("a container that was started again counts anew, and one that does not run uses nothing", () => {
  const previous = { ...usage, cpuNanos: 5e9, startedAt: 1, takenAt: 1_009_000 };
  expect(statsRow({ ...facts, previous }).CPUPerc).toBe("20.00%");
  expect(statsJson(statsRow({ ...facts, usage: undefined }))).toEqual({
    id: ID.slice(0, 12),
    name: "web",
    cpu_time: "0s",
    cpu_percent: "0.00%",
    avg_cpu: "0.00%",
    mem_usage: "0B / 0B",
    mem_percent: "0.00%",
    net_io: "0B / 0B",
    block_io: "0B / 0B",
    pids: "0",
  });
});
