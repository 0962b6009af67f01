import { expect, test } from "bun:test";
import { isEstibaError } from "../error.ts";
import { parseTemplate, renderTemplate } from "./render.ts";

const data = {
  Name: "web",
  Count: 3,
  Ratio: 0.5,
  On: true,
  Off: false,
  Empty: "",
  Nothing: null,
  List: ["a", "b", "c"],
  Numbers: [1, 2, 3],
  None: [],
  Inner: { Deep: { Value: "x" } },
  Labels: { b: "2", a: "1" },
  Ports: [
    { Port: 80, Type: "tcp" },
    { Port: 53, Type: "udp" },
  ],
};
const options = {
  maps: ["Labels"],
  methods: { Label: (row: unknown, name: unknown) => `${JSON.stringify(row).length > 0 ? "l" : ""}-${String(name)}` },
};

function check(cases: readonly (readonly [string, string])[]): void {
  for (const [source, wanted] of cases)
    expect([source, renderTemplate(source, data, options)]).toEqual([source, wanted]);
}

test("text, values and chains of fields", () => {
  check([
    ["plain", "plain"],
    ["{{.Name}}!", "web!"],
    ["{{ .Inner.Deep.Value }}", "x"],
    ["{{.Count}} {{.Ratio}} {{.On}}", "3 0.5 true"],
    ["{{.List}}", "[a b c]"],
    ["{{.Labels}}", "map[a:1 b:2]"],
    ["{{.Nothing}}", "<nil>"],
    ["{{.Labels.missing}}", "<no value>"],
    ["{{.Labels.a}}", "1"],
    ["{{(index .Ports 1).Type}}", "udp"],
    ['{{"quoted\\t\\x41\\u00e9"}}{{`raw\\t`}}', "quoted\tAéraw\\t"],
    ["{{1}} {{0x1F}} {{-2}} {{1.5}} {{'a'}} {{1_000}} {{1e3}} {{.5}}", "1 31 -2 1.5 97 1000 1000 0.5"],
    ["{{true}}", "true"],
    ["{", "{"],
    ["}}", "}}"],
  ]);
});

test("trim markers take the white space around an action, comments leave nothing", () => {
  check([
    ["{{23 -}} < {{- 45}}", "23<45"],
    ["a  {{- .Name -}}  b", "awebb"],
    ["a \n {{- /* a comment */ -}} \n b", "ab"],
    ["x{{/* one\ntwo */}}y", "xy"],
    ["{{.Count}} -{{1}}", "3 -1"],
    ["{{- 3}} {{-3}}", "3 -3"],
    ["{{\n.Name\n}}", "web"],
  ]);
});

test("pipelines hand the value on as the last argument: the examples of Go's documentation", () => {
  for (const source of [
    '{{"\\"output\\""}}',
    '{{`"output"`}}',
    '{{printf "%q" "output"}}',
    '{{"output" | printf "%q"}}',
    '{{printf "%q" (print "out" "put")}}',
    '{{"put" | printf "%s%s" "out" | printf "%q"}}',
    '{{"output" | printf "%s" | printf "%q"}}',
    '{{with "output"}}{{printf "%q" .}}{{end}}',
    '{{with $x := "output" | printf "%q"}}{{$x}}{{end}}',
    '{{with $x := "output"}}{{printf "%q" $x}}{{end}}',
    '{{with $x := "output"}}{{$x | printf "%q"}}{{end}}',
  ]) {
    expect([source, renderTemplate(source, data)]).toEqual([source, '"output"']);
  }
});

test("conditions go by Go's truth", () => {
  check([
    ["{{if .On}}yes{{end}}", "yes"],
    ["{{if .Off}}yes{{else}}no{{end}}", "no"],
    ["{{if .Empty}}1{{else if .Count}}2{{else}}3{{end}}", "2"],
    ["{{if .Empty}}1{{else if .None}}2{{else}}3{{end}}", "3"],
    ["{{if .Nothing}}1{{else}}2{{end}}", "2"],
    ["{{if 0}}1{{else}}2{{end}}{{if .Labels}}3{{end}}", "23"],
    ["{{with .Inner.Deep}}{{.Value}}{{$.Name}}{{else}}none{{end}}", "xweb"],
    ["{{with .Empty}}1{{else with .Name}}{{.}}{{else}}3{{end}}", "web"],
  ]);
});

test("range goes over lists, maps by sorted key and whole numbers, with else, break and continue", () => {
  check([
    ["{{range .List}}<{{.}}>{{end}}", "<a><b><c>"],
    ["{{range $i, $e := .List}}{{$i}}={{$e}} {{end}}", "0=a 1=b 2=c "],
    ["{{range $e := .List}}{{$e}}{{end}}", "abc"],
    ["{{range $k, $v := .Labels}}{{$k}}={{$v}};{{end}}", "a=1;b=2;"],
    ["{{range .Labels}}{{.}}{{end}}", "12"],
    ["{{range .None}}x{{else}}empty{{end}}", "empty"],
    ["{{range .Nothing}}x{{else}}nil{{end}}", "nil"],
    ["{{range 3}}{{.}}{{end}}", "012"],
    ["{{range $i := 2}}{{$i}}{{end}}", "01"],
    ["{{range .List}}{{if eq . `b`}}{{continue}}{{end}}{{.}}{{end}}", "ac"],
    ["{{range .List}}{{if eq . `b`}}{{break}}{{end}}{{.}}{{end}}!", "a!"],
    ["{{range .List}}{{range $.Numbers}}{{if gt . 1}}{{break}}{{end}}{{.}}{{end}}{{.}}{{end}}", "1a1b1c"],
    ["{{range .Ports}}{{.Port}}/{{.Type}} {{end}}", "80/tcp 53/udp "],
  ]);
});

test("variables live in their block, and assignment changes the outer one", () => {
  check([
    ["{{$x := 1}}{{if true}}{{$x = 2}}{{end}}{{$x}}", "2"],
    ["{{$x := 1}}{{if true}}{{$x := 2}}{{$x}}{{end}}{{$x}}", "21"],
    ["{{$n := 0}}{{range .List}}{{$n = len .}}{{end}}{{$n}}", "1"],
    ["{{$p := index .Ports 0}}{{$p.Type}}", "tcp"],
    ["{{$}}", renderTemplate("{{.}}", data)],
    ["{{$.Name}}", "web"],
  ]);
});

test("define, template and block", () => {
  check([
    [
      '{{define "T1"}}ONE{{end}}{{define "T2"}}TWO{{end}}{{define "T3"}}{{template "T1"}} {{template "T2"}}{{end}}{{template "T3"}}',
      "ONE TWO",
    ],
    ['{{block "row" .Name}}[{{.}}]{{end}}{{template "row" 5}}', "[web][5]"],
    ['{{define "t"}}{{$}}{{end}}{{range .List}}{{template "t" .}}{{end}}', "abc"],
  ]);
});

test("index, slice and len", () => {
  check([
    ["{{index .List 1}}", "b"],
    ['{{index .Labels "a"}}', "1"],
    ['{{index .Labels "zz"}}|', "|"],
    ['{{index .Ports 0 "Type"}}', "tcp"],
    ["{{slice .Name 1}} {{slice .Name 0 2}} {{slice .List 1 3}}", "eb we [b c]"],
    ['{{len .List}} {{len .Labels}} {{len "é"}}', "3 2 2"],
    ['{{index "abc" 0}}', "97"],
  ]);
});

test("comparisons and logic, short-circuited", () => {
  check([
    ["{{eq .Count 3}} {{eq .Name `x` `web`}} {{ne 1 2}}", "true true true"],
    ["{{lt 1 2}} {{le 2 2}} {{gt 1 2}} {{ge 2 3}} {{lt `a` `b`}}", "true true false false true"],
    ["{{and 1 0 2}} {{and 1 2}} {{or 0 `` 5 6}} {{or 0 ``}}|", "0 2 5 |"],
    ["{{and .Nothing .Nothing.X}}", "<nil>"],
    ["{{or .Name .Nothing.X}}", "web"],
    ["{{not .Off}} {{not 1}}", "true false"],
    ["{{if and (eq .Count 3) (or .Off .On)}}ok{{end}}", "ok"],
    ["{{eq .Nothing nil}}", "true"],
  ]);
});

test("printing and escaping", () => {
  check([
    ["{{print 1 2 `a` 3 4}}", "1 2a3 4"],
    ["{{println `a` 1}}", "a 1\n"],
    ['{{html `<a href="x">\'&`}}', "&lt;a href=&#34;x&#34;&gt;&#39;&amp;"],
    ["{{js `'<x>=\"`}}", String.raw`\'\u003Cx\u003E\u003D\"`],
    ["{{urlquery `a b&c/ü!`}}", "a+b%26c%2F%C3%BC%21"],
    ["{{printf `%d%%` .Count}}", "3%"],
  ]);
});

test("what Docker and Podman add", () => {
  check([
    ["{{json .Ports}}", '[{"Port":80,"Type":"tcp"},{"Port":53,"Type":"udp"}]'],
    ["{{json `<a>&`}}{{json .Nothing}}", '"<a>&"null'],
    ["{{join .List `, `}}", "a, b, c"],
    ["{{split `a:b` `:`}}", "[a b]"],
    ["{{lower `AbC`}} {{upper `AbC`}} {{title `two words`}}", "abc ABC Two Words"],
    ["[{{pad `x` 1 2}}][{{pad `` 1 2}}]", "[ x  ][]"],
    ["{{truncate `abcdef` 3}} {{truncate `ab` 3}}", "abc ab"],
    ["{{.Label `app`}}", "l-app"],
    ["{{.Name | upper | printf `%5s|`}}", "  WEB|"],
    ["{{range .List}}{{upper .}}{{end}}", "ABC"],
  ]);
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

test("what is wrong is named with line and column, and the nearest name", () => {
  const failures: [source: string, what: string, fix?: string][] = [
    ["{{.Nmae}}", 'template 1:3: unknown field "Nmae"', "did you mean .Name?"],
    ["x\ny {{.name}}", 'template 2:5: unknown field "name"', "did you mean .Name?"],
    ["{{.Inner.Deap}}", 'template 1:3: unknown field "Deap"', "did you mean .Deep?"],
    ["{{.Name.X}}", `template 1:3: can't evaluate field "X" in type string`],
    ["{{.Nothing.X}}", `template 1:3: can't evaluate field "X" in type nil`],
    ["{{upcase .Name}}", 'template 1:3: function "upcase" is not defined'],
    ["{{uper .Name}}", 'template 1:3: function "uper" is not defined', "did you mean upper?"],
    ["{{call .F}}", 'template 1:3: "call" is refused: a template cannot run functions out of its data'],
    ["{{.Name", "template 1:1: action without an end"],
    ['{{"abc}}', "template 1:3: string without an end"],
    ["{{if .On}}", "template 1:3: {{if}} without {{end}}"],
    ["{{end}}", "template 1:3: unexpected {{end}}"],
    ["{{else}}", "template 1:3: unexpected {{else}}"],
    ["{{if 1}}{{else}}{{else}}{{end}}", "template 1:19: a second {{else}}"],
    ["{{break}}", "template 1:3: {{break}} outside {{range}}"],
    ["{{$y}}", 'template 1:3: undefined variable "$y"'],
    ["{{$x := 1}}{{define `t`}}{{$x}}{{end}}", 'undefined variable "$x"'],
    ["{{if true}}{{$x := 1}}{{end}}{{$x}}", 'undefined variable "$x"'],
    ["{{nil}}", "template 1:3: nil is not a command"],
    ["{{1 2}}", "template 1:3: cannot give arguments to what is no function"],
    ["{{.Name 2}}", 'template 1:3: "Name" has arguments but is not a method'],
    ["{{1 | 2}}", "template 1:7: only a function or method can stand after |"],
    ["{{(1}}", 'template 1:3: "(" without ")"'],
    ["{{}}", "template 1:3: a value is missing"],
    ['{{template "x"}}', 'template 1:3: template "x" not defined'],
    ["{{index .List 5}}", "template 1:3: error calling index: index out of range: 5"],
    ["{{index .Nothing 5}}", "template 1:3: error calling index: index of untyped nil"],
    ["{{len 3}}", "template 1:3: error calling len: len of type int"],
    ["{{eq 1 `a`}}", "template 1:3: error calling eq: incompatible types for comparison: int and string"],
    ["{{lt true false}}", "template 1:3: error calling lt: invalid type for comparison: bool"],
    ["{{not}}", "template 1:3: error calling not: wrong number of arguments for not: want 1 got 0"],
    ["{{range .Name}}{{end}}", "template 1:9: range can't iterate over web"],
    ['{{define "t"}}{{template "t"}}{{end}}{{template "t"}}', "templates call each other more than 500 deep"],
    ["{{/* x}}", "template 1:1: comment without an end"],
    ["{{.A ? .B}}", 'template 1:6: unexpected "?" in an action'],
  ];
  for (const [source, what, fix] of failures) {
    try {
      renderTemplate(source, data, options);
      expect([source, "rendered"]).toEqual([source, what]);
    } catch (error) {
      if (!isEstibaError(error, "invalid")) throw error;
      expect([source, error.message]).toEqual([source, expect.stringContaining(what)]);
      if (fix !== undefined) expect(error.fix).toBe(fix);
    }
  }
});
