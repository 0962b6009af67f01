import { expect, test } from "bun:test";
import { tokenize } from "./tokenize.ts";

const SHAPES = {
  takesValue: (name: string) => ({ tty: false, interactive: false, publish: true, name: true })[name],
  longName: (letter: string) => ({ t: "tty", i: "interactive", p: "publish" })[letter],
};

function split(line: string, stopAtFirst = false): string[] {
  return tokenize(line.split(" "), SHAPES, { stopAtFirst }).map((token) =>
    token.kind === "argument" ? token.value : `${token.rawName}>${token.name}:${token.value ?? ""}`,
  );
}

test("letters are grouped, and the last of them may carry its value", () => {
  expect(split("-itp 80:80 x")).toEqual(["-i>interactive:", "-t>tty:", "-p>publish:80:80", "x"]);
  expect(split("-tp80:80")).toEqual(["-t>tty:", "-p>publish:80:80"]);
  expect(split("-p=80:80")).toEqual(["-p>publish:80:80"]);
  expect(split("-i=false")).toEqual(["-i>interactive:false"]);
});

test("a long option's value follows or is attached, empty too", () => {
  expect(split("--name a --name=b=c --name= --tty=false --tty x")).toEqual([
    "--name>name:a",
    "--name>name:b=c",
    "--name>name:",
    "--tty>tty:false",
    "--tty>tty:",
    "x",
  ]);
  expect(tokenize(["--name"], SHAPES, { stopAtFirst: false })).toMatchObject([{ value: undefined }]);
});

test("a value may look like an option", () => {
  expect(split("--name --tty -p -1")).toEqual(["--name>name:--tty", "-p>publish:-1"]);
});

test("two dashes end the options, one alone is an argument", () => {
  expect(split("- -t -- -i --name")).toEqual(["-", "-t>tty:", "-i", "--name"]);
});

test("the first argument ends the options when asked to", () => {
  expect(split("-t image -t --name", true)).toEqual(["-t>tty:", "image", "-t", "--name"]);
  expect(split("image -- -t", true)).toEqual(["image", "--", "-t"]);
  expect(split("-t -- -i x", true)).toEqual(["-t>tty:", "-i", "x"]);
});

test("unknown options come through with the name that was written", () => {
  expect(split("--nmae=x -z")).toEqual(["--nmae>nmae:x", "-z>z:"]);
});
