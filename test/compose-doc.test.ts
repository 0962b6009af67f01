import { expect, test } from "bun:test";
import { attributeRows, unusedNotes } from "../scripts/compose-doc/rows.ts";
import { COMPOSE_PAGE, composePage } from "../scripts/compose-doc.ts";

test("docs/compose.md is as bun scripts/compose-doc.ts writes it", async () => {
  expect(await Bun.file(COMPOSE_PAGE).text()).toBe(await composePage());
});

test("every attribute that works or is refused by a rule is shown by a test; the tables of exceptions name attributes that there are", async () => {
  const rows = await attributeRows();
  expect(rows.length).toBeGreaterThan(300);
  expect(rows.filter(({ state, test }) => state === "works" && test === "").map(({ path }) => path)).toEqual([]);
  expect(unusedNotes()).toEqual([]);
});
