import { expect, test } from "bun:test";
import { mergeLimits } from "./update.ts";

test("new limits stand over old ones, and those of devices one by one", () => {
  const old = {
    memoryBytes: 1,
    pidsLimit: 2,
    readBps: [
      { path: "/dev/a", rate: 1 },
      { path: "/dev/b", rate: 2 },
    ],
  };
  expect(
    mergeLimits(old, {
      memoryBytes: 5,
      readBps: [
        { path: "/dev/b", rate: 0 },
        { path: "/dev/c", rate: 3 },
      ],
    }),
  ).toEqual({
    memoryBytes: 5,
    pidsLimit: 2,
    readBps: [
      { path: "/dev/a", rate: 1 },
      { path: "/dev/b", rate: 0 },
      { path: "/dev/c", rate: 3 },
    ],
  });
  expect(mergeLimits({}, { writeIops: [{ path: "/dev/a", rate: 1 }] })).toEqual({
    writeIops: [{ path: "/dev/a", rate: 1 }],
  });
});
