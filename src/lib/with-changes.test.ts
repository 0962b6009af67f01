import { expect, test } from "bun:test";
import { withChanges } from "./with-changes.ts";

test("only what was asked for differently is changed, at any depth; what is not asked for any more goes", () => {
  const before = { a: 1, own: true, deep: { x: 1, own: [1] }, gone: "g", list: [1, 2] };
  const usual = { a: 1, deep: { x: 1 }, gone: "g", list: [1, 2] };
  expect(withChanges(before, usual, usual)).toEqual(before);
  expect(withChanges<object>(before, usual, { a: 2, deep: { x: 3, y: 4 }, list: [2] })).toEqual({
    a: 2,
    own: true,
    deep: { x: 3, y: 4, own: [1] },
    list: [2],
  });
});
