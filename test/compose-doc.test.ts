import { expect, test } from "bun:test";
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { attributeRows, unusedNotes } from "../scripts/compose-doc/rows.ts";
import { COMPOSE_PAGE, composePage } from "../scripts/compose-doc.ts";

/** The page without its links to tests: a new test may show an attribute as well as the one that is named. */
const withoutTests = (page: string): string =>
  page.replaceAll(/ \[(?:[\w.-]+\.test\.ts|scenario [\w-]+)\]\([^)]+\) \|$/gm, " |");

test("docs/compose.md is as bun scripts/compose-doc.ts writes it, and the tests it names are there", async () => {
  const page = await Bun.file(COMPOSE_PAGE).text();
  expect(withoutTests(page)).toBe(withoutTests(await composePage()));
  const named = [...page.matchAll(/ \[[^\]]+\]\(([^)]+)\) \|$/gm)].map(([, path = ""]) =>
    join(dirname(COMPOSE_PAGE), path),
  );
  expect(named.length).toBeGreaterThan(300);
  expect(named.filter((path) => !existsSync(path))).toEqual([]);
});

test("every attribute is shown by a test whose files have it at that very place; the tables of exceptions name attributes that there are", async () => {
  const rows = await attributeRows();
  expect(rows.length).toBeGreaterThan(300);
  expect(rows.filter(({ test }) => test === "").map(({ path }) => path)).toEqual([]);
  expect(unusedNotes()).toEqual([]);
});
