import { expect, setDefaultTimeout, test } from "bun:test";
import { isShown } from "../../src/cli/command.ts";
import { COMMANDS } from "../../src/cli/commands.ts";
import { GLOBAL_OPTIONS } from "../../src/cli/globals.ts";
import { GROUPS } from "../../src/cli/groups.ts";
import { BINARY, runCommand } from "../fixtures/engine.ts";

// Processes and many rounds: a busy machine takes long over them.
setDefaultTimeout(60_000);

const run = async (...args: string[]) =>
  await runCommand([BINARY, "--root", "/nonesuch/root", "--runroot", "/nonesuch/run", ...args]);
const WIDTH = 80;
const shown = COMMANDS.filter(({ hidden }) => hidden !== true);

const tooLong = (text: string): string[] => text.split("\n").filter((line) => line.length > WIDTH);

test("the overview names every command and group, in 80 columns, and touches nothing", async () => {
  const { stdout: bare } = await runCommand([BINARY]);
  for (const args of [["--help"], ["-h"], ["help"]]) {
    const { code, stdout, stderr } = await runCommand([BINARY, ...args]);
    expect({ args, code, stderr, stdout }).toEqual({ args, code: 0, stderr: "", stdout: bare });
  }
  expect(tooLong(bare)).toEqual([]);
  for (const { names } of shown) {
    const [first = ""] = names;
    expect(bare).toMatch(new RegExp(`^  ${first.split(" ")[0]}\\b`, "m"));
  }
  for (const [name, option] of Object.entries(GLOBAL_OPTIONS)) if (isShown(option)) expect(bare).toContain(`--${name}`);
});

test.each(Object.keys(GROUPS))("the group %s lists its members", async (group) => {
  const members = shown.flatMap(({ names }) => names.filter((name) => name.startsWith(`${group} `))).length;
  expect(members).toBeGreaterThan(0);
  for (const args of [[group], [group, "--help"], ["help", group]]) {
    const { code, stdout } = await run(...args);
    expect({ args, code }).toEqual({ args, code: 0 });
    expect(tooLong(stdout)).toEqual([]);
    expect(stdout).toContain(`estiba ${group} COMMAND`);
  }
});

test("the help of every command, under each of its names, fits 80 columns and tells of every option", async () => {
  const wrong: string[] = [];
  for (const { names, load, summary } of COMMANDS) {
    const command = await load();
    for (const [name, option] of Object.entries(command.options)) {
      if (option.help.trim() === "") wrong.push(`${names[0]}: --${name} has no help`);
      if (option.help.endsWith(".")) wrong.push(`${names[0]}: the help of --${name} ends with a full stop`);
    }
    if (command.summary !== summary) wrong.push(`${names[0]}: the table's summary is not the command's`);
    const results = await Promise.all(
      names.map(async (name) => ({ name, ...(await run(...name.split(" "), "--help")) })),
    );
    for (const { name, code, stdout, stderr } of results) {
      if (code !== 0 || stderr !== "") wrong.push(`${name} --help: ${code} ${stderr}`);
      if (!stdout.includes(`Usage: estiba ${name}`)) wrong.push(`${name}: the usage line has another name`);
      for (const line of tooLong(stdout)) wrong.push(`${name}: ${line.length} columns: ${line}`);
      for (const [option, shape] of Object.entries(command.options)) {
        if (!isShown(shape)) continue;
        if (!stdout.includes(`--${option}`)) wrong.push(`${name}: no --${option}`);
        if (shape.short !== undefined && !stdout.includes(`-${shape.short}, --${option}`))
          wrong.push(`${name}: no -${shape.short}`);
      }
    }
  }
  expect(wrong).toEqual([]);
}, 240_000);

test("every command that has examples in its help can parse them", async () => {
  const wrong: string[] = [];
  const { parseCommandLine } = await import("../../src/cli/parse.ts");
  const { findCommand } = await import("../../src/cli/commands.ts");
  for (const { load, names } of shown) {
    const { examples } = await load();
    if (examples.length === 0) wrong.push(`${names[0]} has no example`);
    for (const [line] of examples) {
      const words = (line.match(/estiba [^|;&>]*/)?.[0] ?? "").match(/'[^']*'|\S+/g)?.slice(1) ?? [];
      const globals = parseCommandLine(words, GLOBAL_OPTIONS, { stopAtFirst: true, prefix: "estiba" });
      const found = findCommand(globals.args);
      if (found === undefined) {
        wrong.push(`${line}: no such command`);
        continue;
      }
      const command = await found.entry.load();
      parseCommandLine(found.rest, command.options, { stopAtFirst: command.stopAtFirst ?? false, prefix: "x" });
    }
  }
  expect(wrong).toEqual([]);
});

test("what is misspelt is guessed at", async () => {
  for (const [args, guess] of [
    [["rnu"], "did you mean: estiba run"],
    [["help", "rnu"], "did you mean: estiba run"],
    [["imagse"], "did you mean: estiba images"],
    [["containr", "ls"], "did you mean: estiba container"],
    [["container", "inspct"], "did you mean: estiba container inspect"],
    [["run", "--nmae", "x", "y"], "did you mean --name"],
    [["ps", "--fitler", "x"], "did you mean --filter"],
    [["--rot", "/x", "ps"], "did you mean --root"],
    [["system", "chek"], "did you mean: estiba system check"],
  ] as const) {
    const { code, stdout, stderr } = await run(...args);
    expect({ args, code, stdout }).toEqual({ args, code: 125, stdout: "" });
    expect(stderr).toContain(guess);
  }
});

test("bad values of options are refused before anything is touched", async () => {
  for (const [args, text] of [
    [["stop", "-t", "soon", "x"], "soon"],
    [["run", "--pull", "sometimes", "x"], "sometimes"],
    [["run", "--rm=maybe", "x"], "maybe"],
    [["ps", "-z"], "-z"],
    [["ps", "extra"], "`estiba ps` takes no arguments"],
    [["inspect"], "at least one name"],
    [["run", "--name"], "--name"],
    [["--version=perhaps"], "perhaps"],
  ] as const) {
    const { code, stdout, stderr } = await run(...args);
    expect({ args, code, stdout }).toEqual({ args, code: 125, stdout: "" });
    expect(stderr).toContain(text);
    expect(stderr).toMatch(/^Error: /);
  }
});
