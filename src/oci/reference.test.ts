import { expect, test } from "bun:test";
import { isEstibaError } from "../lib/error.ts";
import { formatReference, parseReference, parseRepository, qualify, storedName, withDefaultTag } from "./reference.ts";

const HEX = "0123456789abcdef".repeat(4);

const GOOD: readonly (readonly [text: string, parts: Record<string, string>])[] = [
  ["bb", { path: "bb" }],
  ["bb:1", { path: "bb", tag: "1" }],
  ["user/bb:v1.2-x_y", { path: "user/bb", tag: "v1.2-x_y" }],
  ["localhost/bb", { domain: "localhost", path: "bb" }],
  ["localhost:5000/bb:1", { domain: "localhost:5000", path: "bb", tag: "1" }],
  ["reg.example:443/a/b/c", { domain: "reg.example:443", path: "a/b/c" }],
  ["127.0.0.1:5000/bb", { domain: "127.0.0.1:5000", path: "bb" }],
  ["[::1]:5000/bb:1", { domain: "[::1]:5000", path: "bb", tag: "1" }],
  ["Reg/bb", { domain: "Reg", path: "bb" }],
  ["docker.io/bb", { domain: "docker.io", path: "library/bb" }],
  ["index.docker.io/user/bb", { domain: "docker.io", path: "user/bb" }],
  [`bb@sha256:${HEX}`, { path: "bb", digest: `sha256:${HEX}` }],
  [`reg.example/bb:1@sha256:${HEX}`, { domain: "reg.example", path: "bb", tag: "1", digest: `sha256:${HEX}` }],
  ["a__b/c--d/e.f_g", { path: "a__b/c--d/e.f_g" }],
];

test.each(GOOD)("%s is taken apart", (text, parts) => {
  expect(parseReference(text)).toEqual(parts as never);
});

const BAD: readonly (readonly [text: string, part: string])[] = [
  ["", "empty"],
  ["BB:1", "capital letters"],
  ["bb:", 'the tag ""'],
  ["bb:-x", 'the tag "-x"'],
  [`bb:${"x".repeat(129)}`, "the tag"],
  ["bb@md5:abc", 'the digest "md5:abc"'],
  [`bb@sha256:${HEX}0`, "the digest"],
  [`bb@sha256:${HEX.toUpperCase()}`, "the digest"],
  ["bb@sha256:../../x", "the digest"],
  ["a//b", "empty path component"],
  ["/bb", "empty path component"],
  ["bb/", "empty path component"],
  ["../bb", 'registry ".."'],
  ["a/../b", 'path component ".."'],
  ["-reg.example/bb", 'registry "-reg.example"'],
  ["reg.example:99999/bb", "port"],
  ["a_-b", 'path component "a_-b"'],
  ["bb 1", 'path component "bb 1"'],
  ["bb\u0000", "path component"],
  ["http://reg.example/bb", 'registry "http:"'],
  ["a".repeat(256), "longer than 255"],
];

test.each(BAD)("%p is refused, and the bad part named", (text, part) => {
  try {
    parseReference(text);
  } catch (error) {
    if (!isEstibaError(error, "invalid")) throw error;
    expect(error.reason).toBe("image.bad_reference");
    expect(error.message).toContain(part);
    return;
  }
  throw new Error("accepted");
});

test("what is printed is parsed to the same", () => {
  for (const [text] of GOOD)
    expect(parseReference(formatReference(parseReference(text)))).toEqual(parseReference(text));
});

test("a short name becomes a full one: library/ only at docker.io and only for one component", () => {
  expect(storedName(qualify(parseReference("bb"), "docker.io"))).toBe("docker.io/library/bb:latest");
  expect(storedName(qualify(parseReference("user/bb:2"), "docker.io"))).toBe("docker.io/user/bb:2");
  expect(storedName(qualify(parseReference("bb:1"), "localhost"))).toBe("localhost/bb:1");
  expect(storedName(qualify(parseReference("bb:1"), "reg.example:5000/team"))).toBe("reg.example:5000/team/bb:1");
});

test("latest stands in only where there is neither tag nor digest", () => {
  expect(withDefaultTag(parseReference("bb")).tag).toBe("latest");
  expect(withDefaultTag(parseReference("bb:1")).tag).toBe("1");
  expect(withDefaultTag(parseReference(`bb@sha256:${HEX}`)).tag).toBeUndefined();
});

test("a repository name has neither tag nor digest", () => {
  expect(parseRepository("reg.example/bb")).toEqual({ domain: "reg.example", path: "bb" });
  expect(() => parseRepository("bb:1")).toThrow("neither tag nor digest");
});
