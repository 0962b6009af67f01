import { expect, test } from "bun:test";
import { isEstibaError } from "../../lib/error.ts";
import { parseContainerfile } from "./containerfile.ts";
import type { Statement } from "./instruction.ts";

function parse(text: string) {
  return parseContainerfile({ name: "Containerfile", text });
}

/** The statements after `FROM x`. */
function statements(...lines: string[]): Statement[] {
  const [stage] = parse(["FROM x", ...lines].join("\n")).stages;
  return (stage?.instructions ?? []).map(({ statement }) => statement);
}

function failure(text: string): string {
  try {
    parse(text);
  } catch (error) {
    if (isEstibaError(error, "invalid")) return error.message;
    throw error;
  }
  return "parsed";
}

test("continued lines are joined; comments and empty lines within are left out, with a warning for the empty ones", () => {
  const file = parse("from x\nrun a \\\n# a comment\n   b \\  \n\n  && c\nRUN d\\\\\nRUN e\n");
  expect(file.stages[0]?.instructions.map(({ statement }) => statement)).toMatchObject([
    { kind: "run", command: { form: "shell", text: "a    b   && c" } },
    { kind: "run", command: { form: "shell", text: "d\\\\" } },
    { kind: "run", command: { form: "shell", text: "e" } },
  ]);
  expect(file.stages[0]?.instructions.map(({ line, endLine }) => [line, endLine])).toEqual([
    [2, 6],
    [7, 7],
    [8, 8],
  ]);
  expect(file.warnings).toEqual(["Containerfile:5: Empty continuation lines will become errors in a future release."]);
});

test("a byte order mark, CRLF, and another escape character are read", () => {
  const file = parse("\uFEFF# escape=`\r\nFROM x\r\nRUN a `\r\n b\\n\r\n");
  expect(file.directives.escape).toBe("`");
  expect(file.stages[0]?.instructions[0]?.statement).toMatchObject({ command: { text: "a  b\\n" } });
});

test("commands are words in JSON form, and else a text for the shell", () => {
  expect(
    statements('RUN ["a", "b c"]', "CMD ['a']", 'ENTRYPOINT ["a"] b', "CMD", 'SHELL ["sh", "-c"]', "CMD []"),
  ).toMatchObject([
    { command: { form: "exec", argv: ["a", "b c"] } },
    { kind: "cmd", command: { form: "shell", text: "['a']" } },
    { kind: "entrypoint", command: { form: "shell", text: '["a"] b' } },
    { kind: "cmd", command: { form: "shell", text: "" } },
    { kind: "shell", argv: ["sh", "-c"] },
    { kind: "cmd", command: { form: "exec", argv: [] } },
  ]);
  expect(failure("FROM x\nCMD [1]")).toContain("Containerfile:2:5: when using JSON array syntax");
});

test("ENV and LABEL take pairs, or the old form of one; ARG takes names with or without defaults", () => {
  expect(statements("ENV A=1 B='x y' C=a\\ b", "ENV k some value", 'LABEL "a b"=c', "ARG A B=2")).toEqual([
    {
      kind: "env",
      pairs: [
        { name: "A", value: "1" },
        { name: "B", value: "'x y'" },
        { name: "C", value: "a\\ b" },
      ],
    },
    { kind: "env", pairs: [{ name: "k", value: "some value" }] },
    { kind: "label", pairs: [{ name: '"a b"', value: "c" }] },
    { kind: "arg", args: [{ name: "A" }, { name: "B", value: "2" }] },
  ]);
  expect(failure("FROM x\nENV A=1 B")).toContain('Containerfile:2:9: Syntax error - can\'t find = in "B"');
});

test("flags come first, quoted or not; a bare -- ends them", () => {
  expect(
    statements(
      'RUN --mount=type=cache,id="a b",target=/c --mount=type=tmpfs,target=/t --network=none cmd --flag',
      "COPY --from=b --chown=1:2 --link --exclude=*.md --exclude=x a b /d/",
      "COPY -- --odd /d",
    ),
  ).toMatchObject([
    {
      mounts: ["type=cache,id=a b,target=/c", "type=tmpfs,target=/t"],
      network: "none",
      command: { text: "cmd --flag" },
    },
    {
      from: "b",
      chown: "1:2",
      link: true,
      parents: false,
      exclude: ["*.md", "x"],
      sources: ["a", "b"],
      destination: "/d/",
    },
    { sources: ["--odd"], destination: "/d" },
  ]);
  expect(failure("FROM x\nCOPY --chwon=1 a b")).toContain("unknown flag: --chwon");
  expect(failure("FROM x\nCOPY --link --link a b")).toContain("duplicate flag specified: --link");
  expect(failure("FROM x\nCOPY --from a b")).toContain("missing a value on flag: --from");
});

test("heredocs: files for COPY, a text for RUN; quoted names are not expanded", () => {
  const lines = [
    "COPY <<a <<'b' <<-c /d/",
    "one $X",
    "a",
    "two",
    "b",
    "\t\tthree",
    "\tc",
    "RUN <<E python3",
    "print(1)",
    "E",
  ];
  expect(statements(...lines)).toMatchObject([
    {
      sources: [],
      destination: "/d/",
      heredocs: [
        { name: "a", body: "one $X\n", expand: true },
        { name: "b", body: "two\n", expand: false },
        { name: "c", body: "three\n", expand: true },
      ],
    },
    { command: { text: "<<E python3" }, heredocs: [{ name: "E", body: "print(1)\n", expand: true }] },
  ]);
  const none = ['RUN echo "not << one"', "RUN cat <<<s", "RUN echo \\<<E", "RUN echo $((1<<2))", 'RUN ["<<E"]'];
  expect(statements(...none)).toMatchObject(none.map(() => ({ heredocs: [] })));
  expect(failure("FROM x\nRUN a <<E\nb")).toContain("Containerfile:2:7: unterminated heredoc: E");
});

test("an ONBUILD trigger is an instruction, kept with its heredoc", () => {
  expect(statements("ONBUILD COPY <<e /d", "x", "e")).toMatchObject([
    { kind: "onbuild", trigger: "COPY <<e /d\nx\ne", statement: { kind: "copy", destination: "/d" } },
  ]);
  expect(failure("FROM x\nONBUILD ONBUILD RUN a")).toContain("Chaining ONBUILD");
  expect(failure("FROM x\nONBUILD FROM a")).toContain("FROM isn't allowed as an ONBUILD trigger");
});

test("HEALTHCHECK has NONE, or a command with its times", () => {
  expect(statements("HEALTHCHECK NONE", "HEALTHCHECK --interval=5s --retries=2 CMD curl -f x")).toEqual([
    { kind: "healthcheck", test: "none", times: {} },
    {
      kind: "healthcheck",
      test: { form: "shell", text: "curl -f x" },
      times: { interval: "5s", retries: "2" },
    },
  ]);
});

test("stages have names in lower case; ARG before the first FROM is global", () => {
  const file = parse("ARG V=1\nFROM a:$V AS Base\nRUN x\nfrom base\n");
  expect(file.globals).toHaveLength(1);
  expect(file.stages.map(({ index, name, from }) => [index, name, from.statement.image])).toEqual([
    [0, "base", "a:$V"],
    [1, undefined, "base"],
  ]);
});

test.each([
  ["", "file with no instructions"],
  ["# only a comment\n", "file with no instructions"],
  ["ARG A=1\n", "FROM is missing"],
  ["RUN a\nFROM x", "Containerfile:1:1: no build stage"],
  ["FROM x\nRUM echo", "Containerfile:2:1: unknown instruction: RUM"],
  ["FROM x AS 1a", 'Containerfile:1:11: invalid name for build stage: "1a"'],
  ["FROM x y", "one or three arguments"],
  ["FROM x\nCOPY a", "requires at least two arguments"],
  ["# escape=x\nFROM x", "invalid escape token"],
  ["# escape=`\n# escape=`\nFROM x", "only one escape parser directive"],
  ["FROM x\nSHELL sh -c", "JSON form"],
])("%j is refused: %s", (text, message) => {
  expect(failure(text)).toContain(message);
});

test("an error shows its line, a caret, and what may have been meant", () => {
  try {
    parse("FROM x\n  COPPY a b");
    expect.unreachable();
  } catch (error) {
    if (!isEstibaError(error)) throw error;
    expect(error.message.split("\n").slice(1)).toEqual(["1 | FROM x", "2 |   COPPY a b", "  |   ^"]);
    expect(error.fix).toBe("did you mean COPY?");
  }
});

test("no text makes the parser do anything but parse or refuse", () => {
  const pieces = [
    "FROM x",
    "RUN",
    "COPY",
    "--from=",
    "<<E",
    "E",
    "\\",
    "'",
    '"',
    "[",
    "]",
    "${",
    "\n",
    " ",
    "#",
    "ONBUILD",
    "ARG",
  ];
  let seed = 7;
  const next = (limit: number): number => {
    seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
    return seed % limit;
  };
  for (let round = 0; round < 3000; round++) {
    const text = Array.from({ length: next(14) }, () => pieces[next(pieces.length)] ?? "").join(
      next(2) === 0 ? " " : "",
    );
    expect(typeof failure(text)).toBe("string");
  }
});
