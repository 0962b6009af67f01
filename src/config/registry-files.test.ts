import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findCredentials } from "./auth-file.ts";
import { coversRepository, parseRegistriesConfig } from "./registries.ts";

const folder = { path: "" };

beforeAll(() => {
  folder.path = mkdtempSync(join(tmpdir(), "estiba-auth-"));
});
afterAll(() => rmSync(folder.path, { recursive: true }));

const encode = (text: string): string => Buffer.from(text).toString("base64");

function lookUp(auths: object, domain: string, path: string) {
  const file = join(folder.path, "auth.json");
  writeFileSync(file, JSON.stringify({ auths }));
  return findCredentials({ domain, path, environment: { REGISTRY_AUTH_FILE: file } });
}

test("the longest entry that covers the repository counts", () => {
  const auths = { "reg.example": { auth: encode("a:1") }, "reg.example/team": { auth: encode("b:2") } };
  expect(lookUp(auths, "reg.example", "team/app")).toEqual({ username: "b", password: "2" });
  expect(lookUp(auths, "reg.example", "teams/app")).toEqual({ username: "a", password: "1" });
  expect(lookUp(auths, "reg.example:5000", "team/app")).toBeUndefined();
  expect(lookUp(auths, "example", "x")).toBeUndefined();
});

test("Docker's spellings of a registry are understood", () => {
  expect(lookUp({ "https://index.docker.io/v1/": { auth: encode("u:p:q") } }, "docker.io", "library/bb")).toEqual({
    username: "u",
    password: "p:q",
  });
  expect(lookUp({ "https://reg.example/v2/": { auth: encode("u:p") } }, "reg.example", "bb")).toBeDefined();
});

test("an empty entry, as credential helpers leave it, is no entry; a broken one is an error", () => {
  expect(lookUp({ "reg.example": {} }, "reg.example", "bb")).toBeUndefined();
  expect(() => lookUp({ "reg.example": { auth: "!!!" } }, "reg.example", "bb")).toThrow("auth entry");
});

test("--authfile must exist; the other files need not", () => {
  const query = {
    domain: "reg.example",
    path: "bb",
    environment: { HOME: folder.path, REGISTRY_AUTH_FILE: join(folder.path, "none") },
  };
  expect(findCredentials(query)).toBeUndefined();
  expect(() => findCredentials({ ...query, file: join(folder.path, "none") })).toThrow("cannot read the auth file");
});

test("registries.conf: search list, insecure and blocked", () => {
  const text = `unqualified-search-registries = ["reg.example"]
[[registry]]
prefix = "a.example/x"
insecure = true
[[registry]]
location = "b.example"
blocked = true`;
  expect(parseRegistriesConfig(text, "f")).toEqual({
    searchRegistries: ["reg.example"],
    insecure: ["a.example/x"],
    blocked: ["b.example"],
  });
  expect(parseRegistriesConfig("# nothing", "f").searchRegistries).toEqual([]);
  expect(() => parseRegistriesConfig("= = =", "f")).toThrow("cannot use f");
  expect(() => parseRegistriesConfig('unqualified-search-registries = "x"', "f")).toThrow("list of strings");
});

test("a prefix covers whole components only, a wildcard the names below", () => {
  expect(coversRepository("a.example/x", "a.example/x/y")).toBe(true);
  expect(coversRepository("a.example/x", "a.example/xy")).toBe(false);
  expect(coversRepository("*.example", "a.example:5000/x")).toBe(true);
  expect(coversRepository("*.example", "example/x")).toBe(false);
});
