import { expect, test } from "bun:test";
import { dockersName } from "./find.ts";

test("a name without a registry is Docker's, and a tag or digest of its own replaces the name's", () => {
  const digest = `sha256:${"0".repeat(64)}`;
  expect([dockersName("app"), dockersName("app", "2"), dockersName("app:1", "2")]).toEqual([
    "docker.io/library/app",
    "docker.io/library/app:2",
    "docker.io/library/app:2",
  ]);
  expect(dockersName("localhost:5000/app:1", digest)).toBe(`localhost:5000/app@${digest}`);
  expect(() => dockersName("app", "a b")).toThrow("malformed");
});
