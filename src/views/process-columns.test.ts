import { expect, test } from "bun:test";
import { areColumns, terminalName, topRows } from "./process-columns.ts";

test("a terminal has the name that its device number stands for", () => {
  expect(terminalName(0)).toBe("?");
  expect(terminalName((136 << 8) | 3)).toBe("pts/3");
  expect(terminalName((137 << 8) | 1)).toBe("pts/257");
  expect(terminalName((4 << 8) | 1)).toBe("tty1");
  expect(terminalName((4 << 8) | 65)).toBe("ttyS1");
});

test("columns are known by name and by letter; anything else is for ps", () => {
  expect(areColumns([])).toBe(true);
  expect(areColumns(["pid,%C", "args"])).toBe(true);
  for (const words of [["-ef"], ["aux"], ["pid", "toString"], ["pid,nosuch"]]) expect(areColumns(words)).toBe(false);
  const none = {
    processes: [],
    names: { users: new Map(), groups: new Map() },
    hostNames: { users: new Map(), groups: new Map() },
  };
  expect(topRows(none, ["capeff,%c"], 0)).toEqual([["EFFECTIVE CAPS", "COMMAND"]]);
});
