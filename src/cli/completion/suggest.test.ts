import { expect, test } from "bun:test";
import { suggest } from "./suggest.ts";

const words = async (...line: string[]): Promise<string[]> => (await suggest(line)).candidates.map(([word]) => word);

test("the first word is a command or a group, hidden ones left out", async () => {
  const names = await words("");
  expect(names).toContain("version");
  expect(names).toContain("image");
  expect(names).not.toContain("__complete");
});

test("options before the command complete too, with their values", async () => {
  expect(await words("--")).toContain("--root");
  expect((await suggest(["--root", ""])).kind).toBe("directory");
  expect(await words("--root", "/x", "")).toContain("version");
});

test("a command's options and choices come from its table", async () => {
  expect(await words("version", "-")).toContain("--format");
  expect(await words("commit", "--format", "")).toEqual(["oci", "docker"]);
  expect(await words("commit", "-f", "")).toEqual(["oci", "docker"]);
});

test("nothing is suggested where no argument can follow", async () => {
  expect(await suggest(["version", ""])).toEqual({ candidates: [], kind: "none", prefix: "" });
  expect(await words("nonsense", "")).toEqual([]);
});
