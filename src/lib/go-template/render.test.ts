import { expect, test } from "bun:test";
import { isEstibaError } from "../error.ts";
import { parseTemplate, renderTemplate } from "./render.ts";
import { formatTime, goTime } from "./time.ts";

// What Go's text/template gives to the same template is in golden.test.ts; here is what Estiba adds.

test("methods stand where fields do, with and without arguments", () => {
  const methods = {
    Label: (row: unknown, name: unknown) => `${Object.keys(row as object).length}-${String(name)}`,
    Short: (row: unknown) => (row as { Name: string }).Name.slice(0, 2),
  };
  const render = (source: string): string => renderTemplate(source, { Name: "web" }, { methods });
  expect(render("{{.Label `app`}} {{.Short}} {{.Short | upper}} {{`x` | .Label}}")).toBe("1-app we WE 1-x");
});

test("functions of the caller's replace those that are built in", () => {
  expect(
    renderTemplate("{{upper .}}{{twice 2}}", "a", { functions: { upper: () => "U", twice: (n) => Number(n) * 2 } }),
  ).toBe("U4");
});

test("nulls under the names of lists and maps are nil slices and maps, and null in JSON", () => {
  const shapes = { L: "list", M: "map", P: "lists" } as const;
  const data = { L: null, M: null, P: { "80/tcp": null }, N: null };
  const source = "{{.L}} {{.M}} {{.P}} {{.N}} {{json .L}} {{json .M}} {{json .P}} {{len .L}}";
  expect(renderTemplate(source, data, { shapes })).toBe('[] map[] map[80/tcp:[]] <nil> null null {"80/tcp":null} 0');
});

test("a number, a text and a flag that are not there are Go's zeros", () => {
  const shapes = { N: "number", T: "text", F: "flag" } as const;
  const data = { N: undefined, T: undefined, F: undefined, P: undefined };
  const source = "{{.N}} {{json .T}} {{.F}} {{.P}} {{if .F}}set{{else}}{{gt .N 0}}{{end}} {{json .}}";
  expect(renderTemplate(source, data, { shapes })).toBe('0 "" false <nil> false {}');
});

test("durations print as Go's, count as numbers, and are numbers in JSON", () => {
  const shapes = { "Check.Wait": "duration" } as const;
  const data = { Wait: 5, Check: { Wait: 90e9, None: 0 } };
  const source =
    "{{.Wait}} {{.Check.Wait}} {{.Check}} {{json .Check}} {{printf `%d|%6s` .Check.Wait .Check.Wait}} {{gt .Check.Wait 5}}";
  expect(renderTemplate(source, data, { shapes })).toBe(
    '5 1m30s {1m30s 0} {"Wait":90000000000,"None":0} 90000000000| 1m30s true',
  );
});

test("times print as Go's, in UTC, with as many digits as there are", () => {
  const time = goTime(Date.UTC(2026, 0, 2, 15, 4, 5, 120));
  const source = "{{.}} {{json .}} {{.Unix}} {{.Format `Jan _2 03:04:05.000 pm 2006-002`}}";
  expect(renderTemplate(source, time)).toBe(
    '2026-01-02 15:04:05.12 +0000 UTC "2026-01-02T15:04:05.12Z" 1767366245 Jan  2 03:04:05.120 pm 2026-002',
  );
  expect(formatTime(goTime(0), "05.999 .00 Monday")).toBe("00 .00 Thursday");
});

test("with escapes, backslash t and n count between actions and nowhere else", () => {
  expect(renderTemplate(String.raw`{{.A}}\t{{.B}}\n`, { A: 1, B: 2 }, { escapes: true })).toBe("1\t2\n");
  expect(renderTemplate(String.raw`{{join .L "\n"}}\t`, { L: ["a", "b"] }, { escapes: true })).toBe("a\nb\t");
  expect(renderTemplate(String.raw`{{.A}}\t`, { A: 1 })).toBe(String.raw`1\t`);
});

test("a template that was parsed once is rendered over many rows", () => {
  const template = parseTemplate("{{.N}}{{$x := .N}}{{$x}};");
  expect([1, 2, 3].map((N) => template.render({ N })).join("")).toBe("11;22;33;");
});

test("what is wrong comes with the nearest name", () => {
  const failures: [source: string, what: string, fix: string][] = [
    [
      "{{.Nmae}}",
      'template: ps:1:2: executing "ps" at <.Nmae>: can\'t evaluate field Nmae in type struct',
      "did you mean .Name?",
    ],
    ["{{.name}}", "can't evaluate field name in type struct", "did you mean .Name?"],
    ["{{.Other}}", "can't evaluate field Other in type struct", "use one of: Name, Count"],
    ["{{uper .Name}}", 'template: ps:1: function "uper" not defined', "did you mean upper?"],
    ["{{$nmae := 1}}{{$name}}", 'undefined variable "$name"', "did you mean $nmae?"],
    ["{{define `row`}}x{{end}}{{template `rwo`}}", 'template "rwo" not defined', 'did you mean "row"?'],
    ["{{Name}}", 'function "Name" not defined', 'write ".Name" if you mean a field'],
    ["{{.Name", "unclosed action", "see https://pkg.go.dev/text/template for the syntax"],
    [
      '{{define "t"}}{{template "t"}}{{end}}{{template "t"}}',
      "exceeded maximum template depth",
      "see https://pkg.go.dev/text/template for the syntax",
    ],
  ];
  for (const [source, what, fix] of failures) {
    try {
      renderTemplate(source, { Name: "web", Count: 3 }, { name: "ps" });
      expect([source, "rendered"]).toEqual([source, what]);
    } catch (error) {
      if (!isEstibaError(error, "invalid")) throw error;
      expect([source, error.message, error.fix]).toEqual([source, expect.stringContaining(what), fix]);
    }
  }
});
