// Writes docs/compose.md: `bun scripts/compose-doc.ts`.
import { join } from "node:path";
import { attributeRows } from "./compose-doc/rows.ts";

/** Where the page is. */
export const COMPOSE_PAGE: string = join(import.meta.dir, "../docs/compose.md");

/** The page as it should be: the introduction, then every attribute of the tables. */
export async function composePage(): Promise<string> {
  const introduction = await Bun.file(join(import.meta.dir, "compose-doc/introduction.md")).text();
  const rows = await attributeRows();
  const sections = Map.groupBy(rows, ({ section }) => section);
  const parts = [...sections].map(([section, of]) =>
    [
      `### ${section}`,
      "",
      "| attribute | here | shown by |",
      "|---|---|---|",
      ...of.map(({ name, state, test }) => `| \`${name}\` | ${state} | ${test} |`),
    ].join("\n"),
  );
  return `${introduction.trimEnd()}\n\n${parts.join("\n\n")}\n`;
}

if (import.meta.main) await Bun.write(COMPOSE_PAGE, await composePage());
