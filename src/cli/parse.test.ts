import { expect, test } from "bun:test";
import { EstibaError } from "../lib/error.ts";
import { parseCommandLine } from "./parse.ts";

const OPTIONS = {
  all: { kind: "flag", short: "a", help: "" },
  interactive: { kind: "flag", short: "i", help: "" },
  proxy: { kind: "flag", on: true, help: "" },
  tty: { kind: "flag", short: "t", help: "" },
  env: { kind: "list", short: "e", help: "" },
  name: { kind: "string", aliases: ["called"], help: "" },
  time: { kind: "integer", help: "" },
  isolation: { kind: "refused", short: "I", help: "only Windows has it" },
  pull: { kind: "string", help: "", choices: ["always", "never"] },
} as const;

const parse = (argv: string[], stopAtFirst = false) =>
  parseCommandLine(argv, OPTIONS, { stopAtFirst, prefix: "estiba x" });

test("flags, groups, values and lists are read as the peers read them", () => {
  const { values, args } = parse(["-it", "-e", "A=1", "-eB=2", "--name=web", "one", "--time", "3", "two"]);
  expect(values).toMatchObject({
    interactive: true,
    tty: true,
    env: ["A=1", "B=2"],
    name: "web",
    time: 3,
    all: false,
    proxy: true,
  });
  expect(args).toEqual(["one", "two"]);
});

test("a flag takes =false, and an alias is the same option", () => {
  const { values } = parse(["--proxy=false", "--all=true", "--called", "x"]);
  expect(values).toMatchObject({ proxy: false, all: true, name: "x" });
});

test("after the first argument, or --, everything belongs to the container's command", () => {
  expect(parse(["-i", "image", "-a", "--nope", "--", "x"], true)).toMatchObject({
    values: { interactive: true, all: false },
    args: ["image", "-a", "--nope", "--", "x"],
  });
  expect(parse(["-i", "--", "-a"], true).args).toEqual(["-a"]);
});

test("what is wrong is named, with the nearest right", () => {
  const messages = (argv: string[]): [string, string | undefined] => {
    try {
      parse(argv);
    } catch (error) {
      if (error instanceof EstibaError) return [error.message, error.fix];
    }
    return ["no error", undefined];
  };
  expect(messages(["--nmae", "x"])).toEqual(["unknown flag: --nmae", "did you mean --name? See: estiba x --help"]);
  expect(messages(["--isolation", "process", "--nope"])).toEqual([
    "--isolation is not supported: only Windows has it",
    "leave --isolation out; see: estiba x --help",
  ]);
  expect(messages(["-tI=process"])[0]).toBe("-I is not supported: only Windows has it");
  expect(messages(["--name"])[0]).toBe("option --name needs a value");
  expect(messages(["--time", "soon"])[0]).toBe('--time takes a whole number, not "soon"');
  expect(messages(["--all=maybe"])[0]).toBe('--all takes true or false, not "maybe"');
  expect(messages(["--pull", "often"])[0]).toBe('--pull must be one of always, never, not "often"');
});
