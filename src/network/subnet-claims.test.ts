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

test("roots that come and go at once never have overlapping subnets, nor meet a folder that has gone", async () => {
  const notes = join(folder, "notes");
  const source = `import { mkdirSync } from "node:fs";
    import { overlaps, parseCidr } from ${JSON.stringify(join(import.meta.dir, "address.ts"))};
    import { networkRoot } from ${JSON.stringify(join(import.meta.dir, "root-id.ts"))};
    import { claimOne, claimsOfOthers, releaseClaims } from ${JSON.stringify(join(import.meta.dir, "subnet-claims.ts"))};
    const [own, notes] = process.argv.slice(-2);
    mkdirSync(own);
    const root = networkRoot(own);
    const wanted = ["10.64.0.0/20", "10.64.0.0/24", "10.64.1.0/24", "10.64.16.0/20"].map((text) => parseCidr(text));
    for (let round = 0; round < 60; round++) {
      const first = Math.floor(Math.random() * wanted.length);
      const order = [...wanted.slice(first), ...wanted.slice(0, first)];
      const free = (others) => order.find((range) => !others.some((other) => overlaps(other, range)));
      const mine = claimOne(root, free, notes);
      if (mine !== undefined && claimsOfOthers(root, notes).some((other) => overlaps(other, mine))) process.exit(9);
      releaseClaims(root, notes);
    }`;
  const children = ["a", "b", "c", "d"].map((name) =>
    Bun.spawn([process.execPath, "-e", source, join(folder, name), notes], { stderr: "pipe" }),
  );
  const said = await Promise.all(children.map(({ stderr }) => new Response(stderr).text()));
  const codes = await Promise.all(children.map(({ exited }) => exited));
  expect({ codes, said }).toEqual({ codes: [0, 0, 0, 0], said: ["", "", "", ""] });
  expect(claimsOfOthers(networkRoot(folder), notes)).toEqual([]);
});

test("without notes there are none, and releasing is no error", () => {
  const notes = join(folder, "none");
  expect(claimsOfOthers(networkRoot(folder), notes)).toEqual([]);
  expect(() => releaseClaims(networkRoot(folder), notes)).not.toThrow();
});
