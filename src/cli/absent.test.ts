import { expect, test } from "bun:test";
import { absentCommandError } from "./absent.ts";

test("a command that Estiba will never have is refused with the reason, with its group or without", () => {
  for (const [args, what] of [
    [["system", "connection", "ls"], "`estiba system connection` is not supported: contexts say where engines are"],
    [["container", "checkpoint", "web"], "`estiba container checkpoint` is not supported"],
    [["buildx", "create", "--use"], "`estiba buildx create` is not supported: there is one builder"],
  ] as const)
    expect(absentCommandError(args)).toMatchObject({ code: "unsupported", message: expect.stringContaining(what) });
});

test("other words are left to the search for the nearest command", () => {
  for (const args of [["contaner", "ls"], ["system"], ["container", "foo"], [], ["constructor"]])
    expect(absentCommandError(args)).toBeUndefined();
});
