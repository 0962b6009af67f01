import { expect, test } from "bun:test";
import { isEstibaError } from "../error.ts";
import recorded from "./golden/recorded.json";
import { renderTemplate } from "./render.ts";
import { goTime } from "./time.ts";

const shapes = { Bound: "lists", Exposed: "map", Labels: "map", NilList: "list", NoLabels: "map" } as const;
const data = {
  ...recorded.data,
  Created: goTime(Date.parse(recorded.data.Created)),
  Started: goTime(Date.parse(recorded.data.Started)),
  Zero: goTime(undefined),
};

/** Where Estiba's answer is another than Go's, and why. */
const DIFFERENT: Readonly<Record<string, string>> = {
  "{{printf `%f|%.2f|%8.2f|%e|%g|%G|%v` 3.14159 3.14159 3.14159 314.159 1e21 1e-7 1e6}}": "one kind of number",
  "{{printf `%v` 1.0}} {{printf `%v` 123456789.5}} {{1.0}} {{print 1e6 1e20 1e21 0.00001}}": "one kind of number",
  "{{printf `%s|%d` .Policy .Policy}}": "one kind of int",
  "{{eq .Count .Ratio}}": "one kind of number",
  "{{eq 1 1.0}}": "one kind of number",
  '{{printf "%v" .Pointer}}': "no pointers, so no &",
  "{{.Nothing.X}}": "nil has no type that could lack the field",
  "{{len .Labels.zz}}": "Go's error is about its own reflection",
  "{{ .Name }": "both are right; Go reads on only when it must",
};

// Types of structs have names in Go only, and pointers have addresses.
function masked(text: string): string {
  return text
    .replace(
      /(type|got|types for comparison:|evaluating) (?:\*?main\.\w+|struct \{.*\}$|interface \{\}|struct$|nil\b)/g,
      "$1 TYPE",
    )
    .replace(/0x[0-9a-f]{8,}/, "{no 0}");
}

function answer(template: string): string {
  try {
    return renderTemplate(template, data, { shapes });
  } catch (error) {
    if (!isEstibaError(error, "invalid")) throw error;
    return error.message;
  }
}

test("templates give what Go's text/template gave, texts and errors", () => {
  expect(recorded.cases.length).toBeGreaterThan(340);
  const wrong = recorded.cases.flatMap(({ template, text, error }) => {
    const [go, own] = [masked(error ?? text ?? ""), masked(answer(template))];
    return (go === own) === (DIFFERENT[template] === undefined) ? [] : [{ template, go, own }];
  });
  expect(wrong).toEqual([]);
});
