import { expect, test } from "bun:test";
import { choosePlatform, formatPlatform, normalPlatform, parsePlatform } from "./platform.ts";

const entry = (text: string) => ({ name: text, platform: parsePlatform(text) });

test.each([
  ["linux/amd64", "linux/amd64"],
  ["linux/x86_64", "linux/amd64"],
  ["arm64", "linux/arm64"],
  ["linux/arm64/v8", "linux/arm64"],
  ["linux/aarch64", "linux/arm64"],
  ["linux/armhf", "linux/arm/v7"],
  ["linux/arm/6", "linux/arm/v6"],
  ["Linux/AMD64", "linux/amd64"],
])("%s is %s", (text, normal) => {
  expect(formatPlatform(parsePlatform(text))).toBe(normal);
});

test.each(["", "a/b/c/d", "linux/", "linux/am d64"])("%p is refused", (text) => {
  expect(() => parsePlatform(text)).toThrow("not a platform");
});

const INDEX = ["windows/amd64", "linux/arm/v5", "linux/arm/v7", "linux/arm64", "linux/amd64", "linux/amd64/v3"].map(
  entry,
);

test.each([
  ["linux/amd64", "linux/amd64"],
  ["linux/amd64/v3", "linux/amd64/v3"],
  ["linux/amd64/v2", "linux/amd64"],
  ["linux/arm64/v8", "linux/arm64"],
  ["linux/arm", "linux/arm/v7"],
  ["linux/arm/v6", "linux/arm/v5"],
  ["windows/amd64", "windows/amd64"],
])("for %s the index's entry %s is chosen", (wanted, name) => {
  expect(choosePlatform(INDEX, parsePlatform(wanted))?.name).toBe(name);
});

test.each(["linux/s390x", "freebsd/amd64", "linux/arm/v4"])("for %s there is none", (wanted) => {
  expect(choosePlatform(INDEX, parsePlatform(wanted))).toBeUndefined();
});

test("an entry without a platform serves every platform when it is alone", () => {
  const bare: { name: string; platform?: { os: string; architecture: string } } = { name: "bare" };
  expect(choosePlatform([bare], parsePlatform("linux/arm64"))?.name).toBe("bare");
  expect(choosePlatform([bare, ...INDEX], parsePlatform("linux/s390x"))).toBeUndefined();
});

test("arm64 is v8, whether it says so or not", () => {
  expect(normalPlatform({ os: "linux", architecture: "arm64", variant: "v8" })).toEqual({
    os: "linux",
    architecture: "arm64",
  });
});
