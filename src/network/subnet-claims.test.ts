import { afterEach, beforeEach, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Cidr, parseCidr } from "./address.ts";
import { networkRoot } from "./root-id.ts";
import { claimSubnet, claimsOfOthers, releaseClaims } from "./subnet-claims.ts";

const RANGE = parseCidr("10.64.0.0/20") as Cidr;
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "estiba-claims-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test("a subnet belongs to the root that noted it down first, until that one releases it", () => {
  const [ours, theirs] = [networkRoot(folder), networkRoot(tmpdir())];
  const notes = join(folder, "notes");
  expect(claimSubnet(ours, RANGE, notes)).toBe(true);
  expect(claimSubnet(ours, RANGE, notes)).toBe(true);
  expect(claimSubnet(theirs, RANGE, notes)).toBe(false);
  expect(claimsOfOthers(theirs, notes)).toEqual([RANGE]);
  expect(claimsOfOthers(ours, notes)).toEqual([]);
  releaseClaims(theirs, notes);
  expect(claimSubnet(theirs, RANGE, notes)).toBe(false);
  releaseClaims(ours, notes);
  expect(claimSubnet(theirs, RANGE, notes)).toBe(true);
});

test("a note of a root whose folder is gone binds nobody", () => {
  const notes = join(folder, "notes");
  expect(claimSubnet(networkRoot(join(folder, "gone")), RANGE, notes)).toBe(true);
  expect(claimsOfOthers(networkRoot(folder), notes)).toEqual([]);
  expect(claimSubnet(networkRoot(folder), RANGE, notes)).toBe(true);
  expect(claimsOfOthers(networkRoot(tmpdir()), notes)).toEqual([RANGE]);
});

test("without notes there are none, and releasing is no error", () => {
  const notes = join(folder, "none");
  expect(claimsOfOthers(networkRoot(folder), notes)).toEqual([]);
  expect(() => releaseClaims(networkRoot(folder), notes)).not.toThrow();
});
