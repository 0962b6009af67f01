import { expect, test } from "bun:test";
import { makeVault } from "./vault.ts";

test("what is sealed is opened by the same key under the same id only, and does not show what it is", () => {
  const vault = makeVault(() => Buffer.alloc(32, 1));
  for (const data of [Buffer.from("hunter2"), Buffer.alloc(0), Buffer.alloc(100_000, 7)]) {
    const sealed = vault.seal("a", data);
    expect(vault.open("a", sealed)).toEqual(data);
    expect(vault.seal("a", data)).not.toBe(sealed);
    for (const open of [
      () => vault.open("b", sealed),
      () => makeVault(() => Buffer.alloc(32, 2)).open("a", sealed),
      () => vault.open("a", `${sealed.slice(0, 20)}${sealed[20] === "A" ? "B" : "A"}${sealed.slice(21)}`),
      () => vault.open("a", ""),
      () => vault.open("a", "c2hvcnQ="),
    ])
      expect(open).toThrow("cannot be decrypted");
  }
  expect(Buffer.from(vault.seal("a", Buffer.from("hunter2")), "base64").includes("hunter2")).toBeFalse();
});
