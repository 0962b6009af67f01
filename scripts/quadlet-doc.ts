import { join } from "node:path";
import { KEYS } from "../src/kube/quadlet/keys.ts";
import type { KeyRule } from "../src/kube/quadlet/rules.ts";
import { GROUPS, type QuadletKind } from "../src/kube/quadlet/unit.ts";

/** docs/quadlet.md, whose tables are made from those that files are converted by: `bun scripts/quadlet-doc.ts`. */
export const QUADLET_PAGE: string = join(import.meta.dir, "../docs/quadlet.md");
const BEGIN = "<!-- tables: bun scripts/quadlet-doc.ts -->";

/** The page with its tables as the sources have them. */
export async function quadletPage(): Promise<string> {
  const page = await Bun.file(QUADLET_PAGE).text();
  const at = page.indexOf(BEGIN);
  if (at < 0) throw new Error(`${QUADLET_PAGE} has lost its mark: ${BEGIN}`);
  const sections = (Object.keys(KEYS) as QuadletKind[]).map((kind) => section(kind));
  return `${page.slice(0, at + BEGIN.length)}\n\n${sections.join("\n")}`;
}

function section(kind: QuadletKind): string {
  const { command, keys } = KEYS[kind];
  const rows = Object.entries(keys)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, rule]) => `| \`${key}\` | ${stateOf(rule)} |`);
  const heading = `## .${kind}: [${GROUPS[kind]}]`;
  return [
    heading,
    "",
    `The service runs \`estiba ${command}\`.`,
    "",
    "| key | becomes |",
    "|---|---|",
    ...rows,
    "",
  ].join("\n");
}

function stateOf(rule: KeyRule): string {
  switch (rule.as) {
    case "text":
    case "each":
    case "truth":
      return `\`${rule.option}\`${rule.as === "each" ? ", each time it is set" : ""}`;
    case "joined":
      return `\`${rule.option}VALUE\``;
    case "words":
      return `\`${rule.option}${rule.prefix === undefined ? "" : ` ${rule.prefix}VALUE`}\` for each word`;
    case "when":
      return `\`${rule.words.join(" ")}\` where it is true`;
    case "own":
      return "works";
    case "refused":
      return `refused: ${rule.why}`;
    case "idle":
      return `no effect, with a warning: ${rule.why}`;
  }
}

if (import.meta.main) await Bun.write(QUADLET_PAGE, await quadletPage());
