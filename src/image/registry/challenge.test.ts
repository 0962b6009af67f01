import { expect, test } from "bun:test";
import { parseChallenges } from "./challenge.ts";
import { parseRetryAfter } from "./retry.ts";
import { isLoopback } from "./transport.ts";

test("a Bearer challenge with commas and escapes in its values", () => {
  const header = 'Bearer realm="https://auth.example/token",service="reg",scope="repository:a/b:pull,push", x="a\\"b"';
  expect(parseChallenges(header)).toEqual([
    {
      scheme: "bearer",
      parameters: { realm: "https://auth.example/token", service: "reg", scope: "repository:a/b:pull,push", x: 'a"b' },
    },
  ]);
});

test("several challenges in one header", () => {
  expect(parseChallenges('Basic realm="a", Bearer realm=b , service = "c"').map(({ scheme }) => scheme)).toContain(
    "bearer",
  );
  expect(parseChallenges('BASIC realm="x"')).toEqual([{ scheme: "basic", parameters: { realm: "x" } }]);
  expect(parseChallenges("Negotiate")).toEqual([{ scheme: "negotiate", parameters: {} }]);
});

test.each(["", "=", '"', 'Basic realm="unclosed', ",,,"])("%p does no harm", (header) => {
  expect(parseChallenges(header).length).toBeLessThan(2);
});

test("Retry-After is seconds or a date", () => {
  const now = Date.parse("2024-01-01T00:00:00Z");
  expect(parseRetryAfter("3", now)).toBe(3000);
  expect(parseRetryAfter("Mon, 01 Jan 2024 00:00:05 GMT", now)).toBe(5000);
  expect(parseRetryAfter("Sun, 31 Dec 2023 00:00:00 GMT", now)).toBe(0);
  expect(parseRetryAfter("soon", now)).toBeUndefined();
  expect(parseRetryAfter(null, now)).toBeUndefined();
});

test("loopback is localhost, what is below it, 127/8 and ::1, and nothing that only looks so", () => {
  for (const host of ["localhost", "a.localhost", "127.0.0.1", "127.9.9.9", "[::1]"])
    expect(isLoopback(host)).toBe(true);
  for (const host of ["localhost.example", "127.0.0.1.example", "10.0.0.1", "[::2]", "0.0.0.0"])
    expect(isLoopback(host)).toBe(false);
});
