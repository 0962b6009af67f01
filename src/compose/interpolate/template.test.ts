import { expect, test } from "bun:test";
import { scalar } from "../../lib/yaml/node.ts";
import { fillIn } from "./template.ts";
import { variablesIn } from "./uses.ts";

const VALUES: Readonly<Record<string, string>> = { FOO: "foo", EMPTY: "", _x1: "under" };
const missing: string[] = [];
const fill = (text: string): string =>
  fillIn(
    text,
    { lookup: (name) => VALUES[name], unset: (name) => missing.push(name) },
    ({ what, offset }) => new Error(`${offset}: ${what}`),
  );

const FILLED: Readonly<Record<string, string>> = {
  $FOO: "foo",
  "${FOO}": "foo",
  "a$FOO-b": "afoo-b",
  $_x1: "under",
  $$FOO: "$FOO",
  "$${FOO}": "${FOO}",
  $$$FOO: "$foo",
  $: "$",
  a$: "a$",
  "$1 $- $ x": "$1 $- $ x",
  "${NO-d}": "d",
  "${EMPTY-d}": "",
  "${EMPTY:-d}": "d",
  "${NO:-${FOO}}": "foo",
  "${NO:-${NO2:-deep}}": "deep",
  '${NO:-{"a":1}}': '{"a":1}',
  "${FOO+alt}": "alt",
  "${EMPTY+alt}": "alt",
  "${EMPTY:+alt}": "",
  "${NO+alt}": "",
  "${FOO:+is $FOO}": "is foo",
  "${FOO:?e}": "foo",
  "${EMPTY?e}": "",
  "${NO:-a-b:+c}": "a-b:+c",
  "${NO:-$$x}": "$x",
};

test.each(Object.entries(FILLED))("%s", (text, filled) => {
  expect(fill(text)).toBe(filled);
});

test("a variable without value or default is told, a default that is not needed is not looked at", () => {
  missing.length = 0;
  expect(fill("$GONE ${GONE2} ${FOO:-$UNUSED}")).toBe("  foo");
  expect(missing).toEqual(["GONE", "GONE2"]);
});

test("what has no form is refused with its offset", () => {
  expect(() => fill("ab${FOO")).toThrow('2: this "${" is never closed');
  expect(() => fill("${FOO!x}")).toThrow('0: invalid interpolation format "${FOO!x}"');
  expect(() => fill("x${}")).toThrow('1: invalid interpolation format "${}"');
  expect(() => fill("${EMPTY:?say $FOO}")).toThrow("0: required variable EMPTY is missing a value: say foo");
  expect(() => fill("${NO:-${NO2?in}}")).toThrow("6: required variable NO2 is missing a value: in");
});

test("every variable that a text names is found, also in defaults, with what it is without a value", () => {
  const origin = { source: { name: "", text: "" }, offset: 0 };
  const node = scalar("$A ${B:-b} ${C:?} ${D+alt} $$E ${F:-${G:-g}}", origin);
  expect(
    variablesIn([node]).map(({ name, required, fallback, alternate }) => [name, required, fallback, alternate]),
  ).toEqual([
    ["A", false, "", ""],
    ["B", false, "b", ""],
    ["C", true, "", ""],
    ["D", false, "", "alt"],
    ["F", false, "${G:-g}", ""],
    ["G", false, "g", ""],
  ]);
});
