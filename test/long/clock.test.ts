// Clocks that are years off, in either direction, or that jump while a command waits.
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { type CommandResult, eventually, IMAGE, useEngine } from "../fixtures/engine.ts";
import { clockOff, movingClock, WHY_NOT } from "../fixtures/fake-clock.ts";
import { look, until } from "../fixtures/supervision.ts";

const engine = useEngine();
setDefaultTimeout(60_000);

const OFFSETS = ["+10y", "-10y", "+0"];
const at = async (by: string, ...args: string[]): Promise<string> => await engine.ok(args, { env: clockOff(by) });

describe.skipIf(WHY_NOT !== undefined)(`clocks${WHY_NOT === undefined ? "" : `, skipped: ${WHY_NOT}`}`, () => {
  test("the clock of the commands here is another one indeed", async () => {
    await at("+10y", "create", "--name", "box", IMAGE, "true");
    const year = (await engine.ok(["inspect", "--format", "{{.Created}}", "box"])).slice(0, 4);
    expect(Number(year) - new Date().getFullYear()).toBe(10);
  });

  test("containers that are made, used and removed at ten years' distance know nothing of it", async () => {
    const names = ["future", "past", "present"];
    for (const [index, by] of OFFSETS.entries())
      await at(by, "run", "-d", "--name", names[index] ?? "", IMAGE, "sleep", "1000");
    for (const by of OFFSETS) {
      const rows = (await at(by, "ps", "--format", "{{.Names}} {{.Status}}")).split("\n");
      expect(rows.map((row) => row.split(" ")[0])).toEqual(names);
      // No age is below zero, or a number that is none.
      for (const row of rows) expect(row).toMatch(/ Up (Less than a second|About an? \w+|\d+ \w+)$/);
      expect(await at(by, "images", "--format", "{{.CreatedSince}}")).toMatch(/^[A-Z0-9][\w ]+ ago$/m);
      for (const name of names) expect(await at(by, "exec", name, "echo", "here")).toBe("here");
      await at(by, "system", "check");
    }
    for (const [index, by] of OFFSETS.entries()) {
      const name = names[(index + 1) % names.length] ?? "";
      expect(await at(by, "stop", "-t", "0", name)).toBe(name);
      expect(await at(by, "wait", name)).toBe("137");
      expect(await at(by, "ps", "-a", "--filter", `name=${name}`, "--format", "{{.Status}}")).toMatch(
        /^Exited \(137\) (Less than a second|About an? \w+|\d+ \w+) ago$/,
      );
      expect(await at(by, "start", name)).toBe(name);
    }
    for (const [index, name] of names.entries()) expect(await at(OFFSETS[index] ?? "", "rm", "-f", name)).toBe(name);
  });

  test.each(OFFSETS)("a restart and a health check come in their time, though the start was %p", async (by) => {
    await at(by, "run", "-d", "--name", "loop", "--restart", "always", IMAGE, "false");
    const check = ["--health-cmd", "true", "--health-interval", "200ms"];
    await at(by, "run", "-d", "--name", "box", ...check, IMAGE, "sleep", "1000");
    await until(engine, "loop", ["RestartCount"], /^[2-9]$/);
    await until(engine, "box", ["State.Health.Status"], "healthy");
    const first = await look(engine, "box", "State.Health.Log | json");
    await eventually(
      () => look(engine, "box", "State.Health.Log | json"),
      (log) => log !== first,
    );
  });

  test.each(OFFSETS)("failures count once the start period is over, though the start was %p", async (by) => {
    const check = ["--health-cmd", "false", "--health-interval", "100ms", "--health-retries", "1"];
    await at(by, "run", "-d", "--name", "box", ...check, "--health-start-period", "1s", IMAGE, "sleep", "1000");
    await until(engine, "box", ["State.Health.Status"], "unhealthy");
  });

  test.each(["+10y", "-10y"])("a clock that jumps by %s makes no wait shorter, and none endless", async (by) => {
    const polite = "trap 'echo asked; sleep 1; exit 7' TERM; echo ready; while :; do sleep 0.05; done";
    const deaf = "trap 'echo asked' TERM; echo ready; while :; do sleep 0.05; done";
    for (const [name, script] of [
      ["polite", polite],
      ["deaf", deaf],
    ] as const)
      await engine.detached(["--name", name], "sh", "-c", script);
    const says = async (name: string, word: string): Promise<unknown> =>
      await eventually(
        () => engine.ok(["logs", name]),
        (text) => text.includes(word),
      );
    const jumping = async (name: string, ...args: string[]): Promise<CommandResult> => {
      await says(name, "ready");
      const clock = movingClock(engine.path(`clock-${name}`));
      const result = engine.run([...args, name], { env: clock.env });
      await says(name, "asked");
      clock.set(by);
      return await result;
    };
    expect(await jumping("polite", "stop", "-t", "30")).toMatchObject({ code: 0, stdout: "polite\n" });
    expect(await engine.ok(["wait", "polite"])).toBe("7");
    expect(await jumping("deaf", "stop", "-t", "2")).toMatchObject({ code: 0, stdout: "deaf\n" });
    expect(await engine.ok(["wait", "deaf"])).toBe("137");
  });
});
