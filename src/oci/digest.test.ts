import { expect, test } from "bun:test";
import { chainIds, Digester, digestAlgorithm, digestHex, digestOf, isDigest, parseDigest } from "./digest.ts";

const HEX = "0123456789abcdef".repeat(4);

test("sha256 and sha512 with their exact length are digests", () => {
  expect(isDigest(`sha256:${HEX}`)).toBe(true);
  expect(isDigest(`sha512:${HEX}${HEX}`)).toBe(true);
});

test.each([
  "",
  "sha256:",
  `sha256:${HEX.slice(1)}`,
  `sha256:${HEX}0`,
  `sha256:${HEX.toUpperCase()}`,
  `sha512:${HEX}`,
  `md5:${HEX.slice(0, 32)}`,
  "sha256:../../x",
  `sha256:${HEX}\n`,
  ` sha256:${HEX}`,
])("%p is not", (text) => {
  expect(isDigest(text)).toBe(false);
  expect(() => parseDigest(text)).toThrow("not a digest");
});

test("a digest is that of the bytes, at once or in pieces", () => {
  const digester = new Digester();
  digester.update(Buffer.from("he"));
  digester.update(Buffer.from("llo"));
  expect(digestOf("hello")).toBe("sha256:2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824");
  expect(digester.digest()).toBe(digestOf("hello"));
  expect([digestAlgorithm(digestOf("")), digestHex(digestOf("")).length]).toEqual(["sha256", 64]);
});

test("chain ids follow the specification", () => {
  const [a, b, c] = [digestOf("a"), digestOf("b"), digestOf("c")] as const;
  const ab = digestOf(`${a} ${b}`);
  expect(chainIds([a, b, c])).toEqual([a, ab, digestOf(`${ab} ${c}`)]);
  expect(chainIds([])).toEqual([]);
});
