import { expect, test } from "bun:test";
import { survey } from "../../scripts/commands-doc/rows.ts";
import { COMMANDS_PAGE, commandsPage } from "../../scripts/commands-doc.ts";

test("docs/commands.md is as bun scripts/commands-doc.ts writes it", async () => {
  expect(await Bun.file(COMMANDS_PAGE).text()).toBe(await commandsPage());
});

test("every option that a peer has for a command of Estiba's is accepted, refused by name, or promised", async () => {
  const { globals, sections } = await survey();
  const all = [{ names: ["estiba"], rows: globals }, ...sections];
  expect(all.length).toBeGreaterThan(50);
  const missing = all.flatMap(({ names, rows }) =>
    rows.filter(({ state }) => state.kind === "missing").map(({ name }) => `${names[0]} --${name}`),
  );
  expect(missing).toEqual([]);
});

test("of every command that a peer has and Estiba has not, something is said", async () => {
  const { absent, unused } = await survey();
  expect(absent.filter(({ what }) => what === undefined).map(({ name }) => name)).toEqual([]);
  expect(unused).toEqual([]);
});
