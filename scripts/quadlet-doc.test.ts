import { expect, test } from "bun:test";
import { findCommand } from "../src/cli/commands.ts";
import { KEYS } from "../src/kube/quadlet/keys.ts";
import { QUADLET_PAGE, quadletPage } from "./quadlet-doc.ts";

test("docs/quadlet.md is as bun scripts/quadlet-doc.ts writes it", async () => {
  expect(await Bun.file(QUADLET_PAGE).text()).toBe(await quadletPage());
});

test.each(Object.entries(KEYS))(
  "the options of keys of .%s are options that the command has",
  async (_, { command, keys }) => {
    const options = await findCommand(command.split(" "))?.entry.load();
    const known = Object.entries(options?.options ?? {}).flatMap(([name, option]) =>
      option.kind === "refused" ? [] : [name, ...(option.aliases ?? [])],
    );
    const used = Object.values(keys).flatMap((rule) =>
      "option" in rule ? [rule.option.slice(2).split("=")[0] ?? ""] : [],
    );
    expect(used.filter((name) => !known.includes(name))).toEqual([]);
  },
);
