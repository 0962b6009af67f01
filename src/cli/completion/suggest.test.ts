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

test("values that are not fixed are offered by their kind, beside words that have a meaning of their own", async () => {
  const kindOf = async (...line: string[]): Promise<string> => (await suggest(line)).kind;
  expect(await words("run", "--network", "")).toEqual(["bridge", "none", "host", "private"]);
  expect(await words("run", "--pid=")).toEqual(["--pid=private", "--pid=host"]);
  expect(await kindOf("run", "--network", "")).toBe("network-mode");
  expect(await kindOf("run", "--pid=")).toBe("namespace");
  expect(await kindOf("run", "--runtime", "")).toBe("runtime");
  expect(await kindOf("pull", "--platform", "")).toBe("platform");
  expect(await kindOf("kill", "-s", "")).toBe("signal");
  expect(await kindOf("run", "-v", "da")).toBe("mount-source");
  expect([await kindOf("network", "connect", ""), await kindOf("network", "connect", "web", "")]).toEqual([
    "network",
    "container",
  ]);
  expect(await kindOf("secret", "create", "name", "")).toBe("file");
  expect(await suggest(["run", "--volume=./"])).toEqual({ candidates: [], kind: "file", prefix: "--volume=" });
});

test("nothing is suggested where no argument can follow", async () => {
  expect(await suggest(["version", ""])).toEqual({ candidates: [], kind: "none", prefix: "" });
  expect(await words("nonsense", "")).toEqual([]);
});
