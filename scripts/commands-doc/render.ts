import { type Evidence, linkTo } from "./evidence.ts";
import { type PeerName, peerVersions } from "./peers.ts";
import type { AbsentRow, OptionRow, Section, Survey } from "./rows.ts";

/** docs/commands.md, whole. */
export function renderDocument(found: Survey, evidence: Evidence, introduction: string): string {
  const parts = [
    introduction.trim().replace("{versions}", peerVersions()).replace("{counts}", counts(found)),
    "## Options before the command",
    optionTable(found.globals, () => linkTo("test/e2e/globals.test.ts")),
    "## Commands",
    ...found.sections.map((section) => sectionText(section, evidence)),
    "## Commands that are not here",
    absentTable(found.absent),
    "## Commands that the peers do not have",
    table(
      ["command", "what it does"],
      found.own.map(({ names, summary }) => [`\`${names.join("`, `")}\``, summary]),
    ),
  ];
  return `${parts.join("\n\n")}\n`;
}

function counts({ globals, sections, absent }: Survey): string {
  const rows = [...globals, ...sections.flatMap((section) => section.rows)];
  const count = (kind: string): number => rows.filter(({ state }) => state.kind === kind).length;
  const missing = absent.filter(({ what }) => what?.startsWith("never") !== true).length;
  return `${count("works")} options of ${sections.length} commands work, ${count("refused")} are refused by name, ${count("later")} come with later parts, as do ${missing} commands; ${absent.length - missing} commands will never come.`;
}

function sectionText({ names, summary, rows }: Section, evidence: Evidence): string {
  const [first = "", ...others] = names;
  const also = others.length === 0 ? "" : ` Also: \`${others.join("`, `")}\`.`;
  const head = `### ${first}\n\n${summary}.${also}`;
  if (rows.length === 0) return `${head} No options.`;
  return `${head}\n\n${optionTable(rows, ({ name, short }) => linkTo(evidence.of(first, name, short)))}`;
}

function optionTable(rows: readonly OptionRow[], where: (row: OptionRow) => string): string {
  return table(
    ["option", "of", "state"],
    rows.map((row) => {
      const { name, peers, state } = row;
      const option = `\`--${name}\``;
      switch (state.kind) {
        case "works":
          return [option, initials(peers), `works: ${where(row)}`];
        case "refused":
          return [option, initials(peers), `refused: ${state.why}`];
        case "later":
          return [option, initials(peers), state.what];
        case "missing":
          return [option, initials(peers), "**missing**"];
      }
    }),
  );
}

function absentTable(rows: readonly AbsentRow[]): string {
  return table(
    ["command", "of", "state"],
    rows.map(({ name, peers, what }) => [`\`${name}\``, initials(peers), what ?? "**missing**"]),
  );
}

function initials(peers: readonly PeerName[]): string {
  return peers.map((peer) => (peer === "podman" ? "P" : "D")).join(" ");
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  return [line(head), `|${head.map(() => "---").join("|")}|`, ...rows.map(line)].join("\n");
}
