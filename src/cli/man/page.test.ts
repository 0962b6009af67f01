import { expect, test } from "bun:test";
import { defineCommand } from "../command.ts";
import { commandPage, pageName } from "./page.ts";

const command = defineCommand({
  name: "image tag",
  summary: "Give an image another name",
  usage: "IMAGE NAME",
  description: ".hidden at the start of a line\n\nC:\\path and a 'quote'",
  options: { force: { kind: "flag", short: "f", help: "Take the name from another image" } },
  args: [2, 2],
  examples: [["estiba tag a b", "name it b too"]],
  run: async () => 0,
});

test("a page has its name, synopsis, options and examples", () => {
  const page = commandPage(command, ["tag", "image tag"], "1.0");
  expect(pageName("image tag")).toBe("estiba-image-tag");
  expect(page).toContain("estiba-tag \\- Give an image another name");
  expect(page).toContain("\\fBestiba image tag\\fR IMAGE NAME");
  expect(page).toContain("\\fB\\-f\\fR, \\fB\\-\\-force\\fR");
  expect(page).toContain("estiba tag a b");
});

test("text never turns into a troff request or an escape", () => {
  const page = commandPage(command, ["tag"], "1.0");
  expect(page).toContain("\\&.hidden");
  expect(page).toContain("C:\\epath and a \\(aqquote\\(aq");
});
