import { expect, test } from "bun:test";
import { expand, expandToWords } from "./expand.ts";

const ENV: Readonly<Record<string, string>> = {
  PWD: "/home",
  SHELL: "bash",
  EMPTY: "",
  V: "a.tar.gz",
  FOO: "foofoo",
  S: "x y",
};
const lookup = (name: string): string | undefined => (Object.hasOwn(ENV, name) ? ENV[name] : undefined);
const run = (text: string): string => expand(text, lookup, { escape: "\\" });

test.each([
  ["hello", "hello"],
  ["he'll'o", "hello"],
  ['he"ll\\"o"', 'hell"o'],
  ["he\\ll\\'o", "hell'o"],
  ["'$PWD'", "$PWD"],
  ['"$PWD"', "/home"],
  ["\\$PWD", "$PWD"],
  ["'he\\$l'lo", "he\\$llo"],
  ['"a\\b"', "a\\b"],
  ["$", "$"],
  ["$.", "$."],
  ["$1x", "x"],
  ["$@x$?", "x"],
  ["$PWD/x", "/home/x"],
  ["${PWD}x", "/homex"],
  ["${NONE}", ""],
  ["${NONE:-d}", "d"],
  ["${EMPTY:-d}", "d"],
  ["${EMPTY-d}", ""],
  ["${NONE-d}", "d"],
  ["${PWD:+set}", "set"],
  ["${EMPTY:+set}", ""],
  ["${EMPTY+set}", "set"],
  ["${NONE:-${PWD}}", "/home"],
  ["${NONE:-'${PWD}'}", "${PWD}"],
  ["${V#*.}", "tar.gz"],
  ["${V##*.}", "gz"],
  ["${V%.*}", "a.tar"],
  ["${V%%.*}", "a"],
  ["${V#x}", "a.tar.gz"],
  ["${FOO/o/0}", "f0ofoo"],
  ["${FOO//o/0}", "f00f00"],
  ["${FOO//o*/X}", "fX"],
  ["${V/\\./-}", "a-tar.gz"],
])("%s becomes %s", (text, expected) => {
  expect(run(text)).toBe(expected);
});

test.each([
  ["${}", "bad substitution"],
  ["${.}", "bad substitution"],
  ["${:x}", "bad substitution"],
  ["${", "missing '}'"],
  ["${PWD", "missing '}'"],
  ["${PWD:-x", "closing brace"],
  ["${PWD:=x}", "unsupported modifier (:=)"],
  ["${NONE?}", "not allowed to be unset or empty"],
  ["${NONE:?gone}", "NONE: gone"],
  ["'open", "single-quote"],
  ['"open', "double-quote"],
])("%s is an error: %s", (text, message) => {
  expect(() => run(text)).toThrow(message);
});

test("words come from variables too, unless they are quoted", () => {
  const words = (text: string): string[] => expandToWords(text, lookup, { escape: "\\" });
  expect(words("80 $S z")).toEqual(["80", "x", "y", "z"]);
  expect(words('80 "$S" z')).toEqual(["80", "x y", "z"]);
  expect(words("a$S")).toEqual(["ax", "y"]);
  expect(words("''")).toEqual([""]);
  expect(words("a\\ b")).toEqual(["a b"]);
});

test("another escape character leaves the backslash alone; in a heredoc quotes are characters", () => {
  expect(expand("C:\\x`$PWD", lookup, { escape: "`" })).toBe("C:\\x$PWD");
  expect(expand('it\'s "$PWD" \\$PWD \\n', lookup, { escape: "`", quotes: "keep" })).toBe('it\'s "/home" $PWD \\n');
});
