import { expect, test } from "bun:test";
import { fitColumns } from "./live-table.ts";

test("as many columns are shown as fit, and no line is wider than the terminal", () => {
  const rows = [
    ["ID", "NAME", "CPU %"],
    ["abc", "a-longer-name", "1.00%"],
  ];
  expect(fitColumns(rows, 80)).toBe("ID   NAME           CPU %\nabc  a-longer-name  1.00%\n");
  expect(fitColumns(rows, 20)).toBe("ID   NAME\nabc  a-longer-name\n");
  expect(fitColumns(rows, 10)).toBe("ID\nabc\n");
});
