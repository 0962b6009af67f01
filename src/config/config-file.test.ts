import { afterAll, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readAuthFile } from "./auth-file.ts";
import { parseJsonFile, parseTomlFile, readConfigFile } from "./config-file.ts";
import { parseRegistriesConfig } from "./registries.ts";
import { requirementsFor } from "./trust-policy.ts";

const folder = mkdtempSync(join(tmpdir(), "estiba-config-file-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test("a file that is not there is none, unless it is required", () => {
  expect(readConfigFile(join(folder, "none"))).toBeUndefined();
  expect(() => readConfigFile(join(folder, "none"), { required: "make it" })).toThrow(`cannot read ${folder}/none`);
  // A folder in its place is nobody's permission.
  expect(() => readConfigFile(folder)).toThrow(`cannot read ${folder}`);
});

test("what is wrong in a TOML or a JSON file is told with its place", () => {
  expect(() => parseTomlFile('a = 1\n  b = "', "f.toml")).toThrow(/^f\.toml:2:3: /);
  expect(() => parseJsonFile('{\n  "a": 1,\n}', "f.json")).toThrow(/^f\.json:3:1: /);
  expect(parseJsonFile('{"a": 1, "a": 2}', "f.json")).toEqual({ a: 2 });
});

test("registries.conf, policy.json and the auth file are", () => {
  expect(() => parseRegistriesConfig("[[registry]]\nprefix = \n", "/r.conf")).toThrow(/^\/r\.conf:2:1: /);
  const home = join(folder, "home");
  const policy = join(home, ".config/containers/policy.json");
  mkdirSync(join(home, ".config/containers"), { recursive: true });
  writeFileSync(policy, '{"default": [{"type": "reject"}\n');
  const subject = { transport: "docker", scopes: [] };
  expect(() => requirementsFor(subject, { HOME: home })).toThrow(`${policy}:2:1: expected "," or "]"`);
  const auth = join(folder, "auth.json");
  writeFileSync(auth, '{"auths":\n {"r.example": {auth: "c2VjcmV0OnNlY3JldA=="}}}');
  expect(() => readAuthFile(auth)).toThrow(`${auth}:2:17: expected a key in quotes, found "a"`);
});
