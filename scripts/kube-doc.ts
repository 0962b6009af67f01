import { join } from "node:path";
import { KINDS, REFUSED_KINDS } from "../src/kube/schema/kinds.ts";
import type { Field, FieldTable, Rule } from "../src/kube/schema/rule.ts";

/** docs/kube.md, whose tables are made from those that files are validated by: `bun scripts/kube-doc.ts`. */
export const KUBE_PAGE: string = join(import.meta.dir, "../docs/kube.md");
const BEGIN = "<!-- tables: bun scripts/kube-doc.ts -->";

/** The page with its tables as the sources have them. */
export async function kubePage(): Promise<string> {
  const page = await Bun.file(KUBE_PAGE).text();
  const at = page.indexOf(BEGIN);
  if (at < 0) throw new Error(`${KUBE_PAGE} has lost its mark: ${BEGIN}`);
  return `${page.slice(0, at + BEGIN.length)}\n\n${tables()}`;
}

function tables(): string {
  const types = new Map<string, FieldTable>();
  for (const [kind, table] of Object.entries(KINDS)) collect(kind, table, types);
  const sections = [...types].map(([name, table]) => section(name, table));
  const kinds = Object.entries(REFUSED_KINDS).map(([kind, why]) => `| \`${kind}\` | ${why} |`);
  const refused = ["## Kinds that are refused", "", "| kind | instead |", "|---|---|", ...kinds, ""].join("\n");
  return [...sections, refused].join("\n");
}

function collect(name: string, table: FieldTable, types: Map<string, FieldTable>): void {
  if (types.has(name)) return;
  types.set(name, table);
  for (const field of Object.values(table)) if (field.use === "works") collectRule(field.rule, types);
}

function collectRule(rule: Rule, types: Map<string, FieldTable>): void {
  if (rule.kind === "list" || rule.kind === "map") collectRule(rule.of, types);
  if (rule.kind === "object") collect(rule.name, rule.fields(), types);
}

function section(name: string, table: FieldTable): string {
  const rows = Object.entries(table).map(([key, field]) => `| \`${key}\` | ${stateOf(field)} |`);
  return [`## ${name}`, "", "| field | state |", "|---|---|", ...rows, ""].join("\n");
}

function stateOf(field: Field): string {
  switch (field.use) {
    case "works":
      return `works${field.required === true ? ", needed" : ""}: ${formOf(field.rule)}${field.why === undefined ? "" : `; ${escape(field.why)}`}`;
    case "server":
      return "read over: a cluster's server writes it";
    case "hint":
      return `no effect, with a warning: ${escape(field.why)}`;
    case "refused":
      return `refused: ${escape(field.why)}`;
  }
}

function formOf(rule: Rule): string {
  switch (rule.kind) {
    case "text":
      return rule.choices === undefined
        ? "a text"
        : rule.choices.map((choice) => `\`${choice === "" ? '""' : choice}\``).join(", ");
    case "flag":
      return "true or false";
    case "integer":
      return rule.most === rule.least && rule.least !== undefined ? `only ${rule.least}` : "a number";
    case "quantity":
      return "a quantity";
    case "port":
      return "a port's number or name";
    case "list":
      return `a list: ${formOf(rule.of)}`;
    case "map":
      return `a map: ${formOf(rule.of)}`;
    case "object":
      return `[${rule.name}](#${rule.name.toLowerCase()})`;
  }
}

function escape(text: string): string {
  return text.replaceAll("|", "\\|");
}

if (import.meta.main) await Bun.write(KUBE_PAGE, await kubePage());
