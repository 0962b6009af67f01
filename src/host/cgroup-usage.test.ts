import { expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { lowestMemoryLimit, readCgroupUsage } from "./cgroup-usage.ts";

/** A folder with the files of a cgroup, by their paths. */
function cgroupOf(files: Readonly<Record<string, string>>): Disposable & { path: string } {
  const path = mkdtempSync(join(tmpdir(), "estiba-cgroup-"));
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(join(path, name, ".."), { recursive: true });
    writeFileSync(join(path, name), text);
  }
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true }) };
}

const NO_V1: ReadonlyMap<string, string> = new Map();

test("usage of a cgroup v2: all devices together, no limit is max", () => {
  using cgroup = cgroupOf({
    "cpu.stat": "usage_usec 1234\nuser_usec 1000\nsystem_usec 234\n",
    "memory.current": "4096\n",
    "memory.max": "max\n",
    "pids.current": "3\n",
    "io.stat": "8:0 rbytes=100 wbytes=10 rios=1 wios=1\n8:16 rbytes=200 wbytes=20 rios=1 wios=1\n",
  });
  expect(readCgroupUsage({ unified: cgroup.path, v1: NO_V1 })).toEqual({
    cpuNanos: 1_234_000,
    memoryBytes: 4096,
    memoryLimitBytes: undefined,
    processes: 3,
    readBytes: 300,
    writtenBytes: 30,
  });
});

test("usage of cgroups v1: a controller each, and a limit beyond any memory is none", () => {
  using cgroup = cgroupOf({
    "cpuacct/cpuacct.usage": "13679717\n",
    "memory/memory.usage_in_bytes": "516096\n",
    "memory/memory.limit_in_bytes": "67108864\n",
    "pids/pids.current": "2\n",
    "blkio/blkio.throttle.io_service_bytes_recursive": "8:0 Read 5\n8:0 Write 7\n8:0 Sync 12\n8:0 Total 12\nTotal 12\n",
  });
  const folders = ["cpuacct", "memory", "pids", "blkio"].map((name): [string, string] => [
    name,
    join(cgroup.path, name),
  ]);
  const usage = { cpuNanos: 13_679_717, memoryBytes: 516_096, processes: 2, readBytes: 5, writtenBytes: 7 };
  expect(readCgroupUsage({ unified: undefined, v1: new Map(folders) })).toEqual({
    ...usage,
    memoryLimitBytes: 67_108_864,
  });
  writeFileSync(join(cgroup.path, "memory/memory.limit_in_bytes"), "9223372036854771712\n");
  expect(readCgroupUsage({ unified: undefined, v1: new Map(folders) })?.memoryLimitBytes).toBeUndefined();
});

test("the memory limit that holds is the lowest of a cgroup and of those above it", () => {
  using v2 = cgroupOf({ "memory.max": "4096\n", "pod/memory.max": "1024\n", "pod/c/memory.max": "max\n" });
  expect(lowestMemoryLimit({ unified: join(v2.path, "pod/c"), v1: NO_V1 })).toBe(1024);
  using v1 = cgroupOf({
    "memory.limit_in_bytes": "9223372036854771712\n",
    "pod/memory.limit_in_bytes": "2048\n",
    "pod/c/memory.limit_in_bytes": "1024\n",
  });
  const folder = (path: string) => new Map([["memory", join(v1.path, path)]]);
  expect(lowestMemoryLimit({ unified: undefined, v1: folder("pod/c") })).toBe(1024);
  expect(lowestMemoryLimit({ unified: undefined, v1: folder("pod") })).toBe(2048);
  expect(lowestMemoryLimit({ unified: undefined, v1: folder("") })).toBeUndefined();
});

test("a cgroup that is gone has no usage", () => {
  expect(readCgroupUsage({ unified: "/no/such/cgroup", v1: NO_V1 })).toBeUndefined();
  expect(readCgroupUsage({ unified: undefined, v1: new Map([["memory", "/no/such/cgroup"]]) })).toBeUndefined();
});
