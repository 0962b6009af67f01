import { expect, test } from "bun:test";
import { COMMANDS } from "../commands.ts";
import { REMOTE_VERBS } from "./verbs.ts";

test("what goes to an engine elsewhere is a command of this name, and has its options in the same kind", async () => {
  const wrong: string[] = [];
  for (const [name, load] of Object.entries(REMOTE_VERBS)) {
    const entry = COMMANDS.find(({ names }) => names[0] === name);
    if (entry === undefined) {
      wrong.push(`there is no command ${name}`);
      continue;
    }
    const { options } = await entry.load();
    for (const [option, kind] of Object.entries((await load()).options))
      if (options[option]?.kind !== kind) wrong.push(`${name} --${option}: ${options[option]?.kind}, not ${kind}`);
  }
  expect(wrong).toEqual([]);
});
