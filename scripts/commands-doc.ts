// Writes docs/commands.md: `bun scripts/commands-doc.ts`.
import { join } from "node:path";
import { readEvidence } from "./commands-doc/evidence.ts";
import { renderDocument } from "./commands-doc/render.ts";
import { survey } from "./commands-doc/rows.ts";

/** Where the page is. */
export const COMMANDS_PAGE: string = join(import.meta.dir, "../docs/commands.md");

/** The page as it should be. */
export async function commandsPage(): Promise<string> {
  const introduction = await Bun.file(join(import.meta.dir, "commands-doc/introduction.md")).text();
  return renderDocument(await survey(), await readEvidence(), introduction);
}

if (import.meta.main) await Bun.write(COMMANDS_PAGE, await commandsPage());
