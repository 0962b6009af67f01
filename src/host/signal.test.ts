import { expect, test } from "bun:test";
import { EstibaError } from "../lib/error.ts";
import { parseSignal, signalName } from "./signal.ts";

test("signals are read by name, with or without SIG, and by number", () => {
  const cases: [string, number][] = [
    ["SIGTERM", 15],
    ["term", 15],
    ["9", 9],
    ["Kill", 9],
    ["SIGRTMIN+3", 37],
    ["rtmax-1", 63],
  ];
  for (const [text, number] of cases) expect([text, parseSignal(text)]).toEqual([text, number]);
  expect(signalName(15)).toBe("SIGTERM");
});

test("an unknown signal is refused with the nearest one", () => {
  for (const text of ["SIGTREM", "0", "65", "SIGRTMIN+99", ""]) expect(() => parseSignal(text)).toThrow(EstibaError);
  try {
    parseSignal("SIGTREM");
  } catch (error) {
    expect(error instanceof EstibaError && error.fix).toBe("did you mean SIGTERM?");
  }
});
