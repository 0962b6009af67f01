// Writes the table of docs/reliability.md from what the long tests have counted: `npm run test:long`, or after a part of it
// `bun scripts/reliability-doc.ts`. Rows of tests that did not run stay as they are; of faults, which take an hour, there is a row even when
// they were cut off.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { faultFigures } from "../test/fixtures/faults/results.ts";
import { FIGURES_FILE } from "../test/fixtures/figures.ts";

const PAGE = join(import.meta.dir, "../docs/reliability.md");
const [BEGIN, END] = ["<!-- figures -->", "<!-- end of figures -->"];
const HEAD = ["| what was done | outcome |", "|---|---|"];

/** The page with these figures in its table. */
export function withFigures(page: string, figures: Readonly<Record<string, string>>): string {
  const [before, rest] = [page.slice(0, page.indexOf(BEGIN)), page.slice(page.indexOf(BEGIN) + BEGIN.length)];
  const [table, after] = [rest.slice(0, rest.indexOf(END)), rest.slice(rest.indexOf(END))];
  const known = [...table.matchAll(/^\| (.+?) \| (.+?) \|$/gm)].map(
    ([, name = "", value = ""]) => [name, value] as const,
  );
  const rows = new Map([...known.filter(([name]) => name !== "what was done"), ...Object.entries(figures)]);
  const lines = [...rows].map(([name, value]) => `| ${name} | ${value} |`);
  return [before, BEGIN, "\n", [...HEAD, ...lines].join("\n"), "\n", after].join("");
}

if (import.meta.main) {
  const counted = existsSync(FIGURES_FILE) ? ((await Bun.file(FIGURES_FILE).json()) as Record<string, string>) : {};
  await Bun.write(PAGE, withFigures(await Bun.file(PAGE).text(), { ...counted, ...faultFigures() }));
}
