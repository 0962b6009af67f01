import type { Node } from "../../lib/yaml/node.ts";
import { closingBrace } from "./template.ts";

/** A variable as the files use it. */
export type VariableUse = {
  readonly name: string;
  readonly required: boolean;
  readonly fallback: string;
  readonly alternate: string;
};

const PLAIN = /\$(?:\$|([_a-zA-Z][_a-zA-Z0-9]*)|(\{))/g;
const BRACED = /^([_a-zA-Z][_a-zA-Z0-9]*)(?::?([-?+])([^]*))?$/;

/** Every variable that the values name, each once, by the alphabet; also within defaults. Nothing is filled in. */
export function variablesIn(documents: readonly Node[]): VariableUse[] {
  const uses = new Map<string, VariableUse>();
  const add = (use: VariableUse): void => {
    const before = uses.get(use.name);
    uses.set(use.name, {
      name: use.name,
      required: use.required || before?.required === true,
      fallback: before?.fallback || use.fallback,
      alternate: before?.alternate || use.alternate,
    });
  };
  for (const document of documents) walk(document, add);
  return [...uses.values()].toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

function walk(node: Node, add: (use: VariableUse) => void): void {
  if (node.kind === "list") for (const item of node.items) walk(item, add);
  else if (node.kind === "dict") for (const { value } of node.entries.values()) walk(value, add);
  else if (typeof node.value === "string") scan(node.value, add);
}

function scan(text: string, add: (use: VariableUse) => void): void {
  PLAIN.lastIndex = 0;
  for (let found = PLAIN.exec(text); found !== null; found = PLAIN.exec(text)) {
    const [, name, brace] = found;
    if (name !== undefined) add({ name, required: false, fallback: "", alternate: "" });
    if (brace === undefined) continue;
    const from = PLAIN.lastIndex;
    const end = closingBrace(text, from);
    const [, inner, operator = "", word = ""] = BRACED.exec(text.slice(from, end === -1 ? undefined : end)) ?? [];
    if (inner === undefined) continue;
    const uses = { "-": { fallback: word }, "+": { alternate: word }, "?": { required: true } }[operator];
    add({ name: inner, required: false, fallback: "", alternate: "", ...uses });
    scanWord(word, add);
    PLAIN.lastIndex = end === -1 ? text.length : end + 1;
  }
}

// The expression above remembers where it is: what stands within a word is looked at by itself, and the place put back.
function scanWord(word: string, add: (use: VariableUse) => void): void {
  const at = PLAIN.lastIndex;
  scan(word, add);
  PLAIN.lastIndex = at;
}
