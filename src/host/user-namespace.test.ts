import { expect, test } from "bun:test";
import { closeSync, readFileSync, readlinkSync } from "node:fs";
import { makeUserNamespace } from "./user-namespace.ts";

const isRoot = process.getuid?.() === 0;
const MAPS = {
  uids: [{ inside: 0, outside: 100_000, size: 65_536 }],
  gids: [
    { inside: 0, outside: 200_000, size: 1000 },
    { inside: 1000, outside: 5, size: 1 },
  ],
};

test.if(isRoot)("a user namespace is another one than ours, and its maker leaves no process behind", () => {
  const childrenBefore = readFileSync("/proc/thread-self/children", "utf8");
  for (let round = 0; round < 20; round++) {
    const fd = makeUserNamespace(MAPS);
    expect(readlinkSync(`/proc/self/fd/${fd}`)).toMatch(/^user:/);
    expect(readlinkSync(`/proc/self/fd/${fd}`)).not.toBe(readlinkSync("/proc/self/ns/user"));
    closeSync(fd);
  }
  expect(readFileSync("/proc/thread-self/children", "utf8")).toBe(childrenBefore);
});

test.if(isRoot)("mappings that overlap are refused with the numbers", () => {
  const twice = [...MAPS.uids, ...MAPS.uids];
  expect(() => makeUserNamespace({ uids: twice, gids: MAPS.gids })).toThrow("refuses the mapping");
});
