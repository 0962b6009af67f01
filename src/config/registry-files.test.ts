import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findCredentials } from "./auth-file.ts";
import { coversRepository, parseRegistriesConfig, placesOf, registryOf } from "./registries.ts";

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

test("the longest entry that covers the repository counts", async () => {
  const auths = { "reg.example": { auth: encode("a:1") }, "reg.example/team": { auth: encode("b:2") } };
  expect(await lookUp(auths, "reg.example", "team/app")).toEqual({ username: "b", password: "2" });
  expect(await lookUp(auths, "reg.example", "teams/app")).toEqual({ username: "a", password: "1" });
  expect(await lookUp(auths, "reg.example:5000", "team/app")).toBeUndefined();
  expect(await lookUp(auths, "example", "x")).toBeUndefined();
});

test("Docker's spellings of a registry are understood", async () => {
  expect(await lookUp({ "https://index.docker.io/v1/": { auth: encode("u:p:q") } }, "docker.io", "library/bb")).toEqual(
    {
      username: "u",
      password: "p:q",
    },
  );
  expect(await lookUp({ "https://reg.example/v2/": { auth: encode("u:p") } }, "reg.example", "bb")).toBeDefined();
});

test("an empty entry, as credential helpers leave it, is no entry; a broken one is an error", async () => {
  expect(await lookUp({ "reg.example": {} }, "reg.example", "bb")).toBeUndefined();
  const error = await lookUp({ "reg.example": { auth: "!!!" } }, "reg.example", "bb").catch(String);
  expect(error).toContain("auth entry");
});

test("--authfile must exist; the other files need not", async () => {
  const query = {
    domain: "reg.example",
    path: "bb",
    environment: { HOME: folder.path, REGISTRY_AUTH_FILE: join(folder.path, "none") },
  };
  expect(await findCredentials(query)).toBeUndefined();
  const error = await findCredentials({ ...query, file: join(folder.path, "none") }).catch(String);
  expect(error).toContain(`cannot read ${join(folder.path, "none")}`);
});

test("registries.conf: search list, insecure and blocked", () => {
  const text = `unqualified-search-registries = ["reg.example"]
[[registry]]
prefix = "a.example/x"
insecure = true
[[registry]]
location = "b.example"
blocked = true`;
  const config = parseRegistriesConfig(text, "f");
  expect(config.searchRegistries).toEqual(["reg.example"]);
  expect(registryOf(config, "a.example/x/y")).toMatchObject({ insecure: true, blocked: false });
  expect(registryOf(config, "b.example/y")).toMatchObject({ insecure: false, blocked: true });
  expect(registryOf(config, "a.example/xy")).toBeUndefined();
  expect(parseRegistriesConfig("# nothing", "f").searchRegistries).toEqual([]);
  expect(() => parseRegistriesConfig("= = =", "f")).toThrow("f:1:1: ");
  expect(() => parseRegistriesConfig('unqualified-search-registries = "x"', "f")).toThrow("list of strings");
});

test("a prefix covers whole components only, a wildcard the names below", () => {
  expect(coversRepository("a.example/x", "a.example/x/y")).toBe(true);
  expect(coversRepository("a.example/x", "a.example/xy")).toBe(false);
  expect(coversRepository("*.example", "a.example:5000/x")).toBe(true);
  expect(coversRepository("*.example", "example/x")).toBe(false);
});

test("mirrors come first, under the name they have the repository by; some serve digests or tags only", () => {
  const text = `[aliases]
bb = "reg.example/tools/bb"
[[registry]]
prefix = "a.example"
location = "real.example/a"
[[registry.mirror]]
location = "one.example/cache"
insecure = true
[[registry.mirror]]
location = "two.example"
pull-from-mirror = "digest-only"`;
  const config = parseRegistriesConfig(text, "f");
  const real = { domain: "real.example", path: "a/x/y", insecure: false };
  const one = { domain: "one.example", path: "cache/x/y", insecure: true };
  expect(placesOf(config, "a.example/x/y", "tag")).toEqual([one, real]);
  const two = { domain: "two.example", path: "x/y", insecure: false };
  expect(placesOf(config, "a.example/x/y", "digest")).toEqual([one, two, real]);
  expect(config.aliases).toEqual({ bb: "reg.example/tools/bb" });
  expect(() => parseRegistriesConfig('[[registry]]\nlocation="a"\n[[registry.mirror]]\nx=1', "f")).toThrow("location");
});
