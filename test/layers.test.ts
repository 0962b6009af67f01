import { expect, test } from "bun:test";
import { dirname, join, relative } from "node:path";

const FLOORS: readonly (readonly string[])[] = [
  ["lib"],
  ["host", "oci"],
  ["state", "config"],
  ["image", "storage", "network", "runtime"],
  ["engine", "client"],
  ["build", "views"],
  ["compose", "kube"],
  ["cluster"],
  ["cli", "api", "library", "dashboard"],
  ["main.ts", "index.ts", "node.ts"],
];
const SRC: string = join(import.meta.dir, "../src");
const IMPORT = /(?<types>\b(?:import|export) type\b[^;"]*)?(?:\bfrom\s*|\bimport\s*\(?\s*)"(?<path>\.[^"]+)"/g;

test("imports go down the floors only, never sideways, never into another room's internal folder", async () => {
  const floorOf = (room: string): number => FLOORS.findIndex((rooms) => rooms.includes(room));
  const roomOf = (path: string): string => relative(SRC, path).split("/")[0] ?? "";
  const files = [...new Bun.Glob("**/*.{ts,tsx}").scanSync({ cwd: SRC, absolute: true })].sort();
  const wrong = files.filter((file) => floorOf(roomOf(file)) < 0).map((file) => `${file}: no such room`);
  let seen = 0;
  for (const file of files) {
    for (const { groups } of (await Bun.file(file).text()).matchAll(IMPORT)) {
      const target = join(dirname(file), groups?.["path"] ?? "");
      const [from, to] = [roomOf(file), roomOf(target)];
      seen += 1;
      if (from === to || (file.endsWith(".test.ts") && to === "..")) continue;
      // A text that is packed as it stands, and no code.
      if (target.endsWith(".service")) continue;
      const wireTypes = from === "dashboard" && to === "api" && groups?.["types"] !== undefined;
      const down = floorOf(to) >= 0 && floorOf(to) < floorOf(from) && !target.includes(`/${to}/internal/`);
      if (!down && !wireTypes) wrong.push(`${relative(SRC, file)} may not import ${relative(SRC, target)}`);
    }
  }
  expect(wrong).toEqual([]);
  // The test is worth nothing if it stops seeing imports: nearly every file has some.
  expect(seen).toBeGreaterThan(files.length);
});
