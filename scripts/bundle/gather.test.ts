import { expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { gather } from "./gather.ts";

/** Modules of which `one` and `two` are loaded at run time, as a word says, and which share others that tell when they begin. */
const SOURCES = {
  "main.ts": `const name = process.argv[2]; const door = name === "one" ? await import("./one.ts") : await import("./two.ts"); door.run();`,
  "one.ts": `import { value } from "./shared.ts"; import { own } from "./own.ts"; export const run = () => console.log("one", value(), own);`,
  "two.ts": `import { value } from "./shared.ts"; export const run = () => console.log("two", value());`,
  "shared.ts": `import { told } from "./first.ts"; told("shared"); let times = 0; export const value = () => ++times;`,
  "own.ts": `import { told } from "./first.ts"; told("own"); export const own = "own";`,
  "first.ts": `console.log("first"); export const told = (name: string) => console.log(name);`,
};

async function bundled(folder: string, ways: Readonly<Record<string, readonly string[]>>): Promise<string[]> {
  for (const [name, text] of Object.entries(SOURCES)) writeFileSync(join(folder, name), text);
  const built = await Bun.build({
    entrypoints: [join(folder, "main.ts")],
    target: "bun",
    format: "esm",
    splitting: true,
    minify: true,
    metafile: true,
  });
  const outputs = Object.fromEntries(
    Object.entries(built.metafile?.outputs ?? {}).map(([path, { entryPoint, ...output }]) => [
      path,
      entryPoint === undefined ? output : { ...output, entryPoint: entryPoint.split("/").at(-1) ?? "" },
    ]),
  );
  const texts = await Promise.all(built.outputs.map(async (file) => [file.path, await file.text()] as const));
  const files = await gather({ outputs, texts: new Map(texts), ways });
  for (const [name, text] of files) {
    const path = join(folder, "bundle", name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  }
  return [...files.keys()];
}

function runs(folder: string, word: string): string {
  const { stdout } = Bun.spawnSync([process.execPath, join(folder, "bundle/main.js"), word]);
  return stdout.toString();
}

test("what is loaded together is one file, runs in the same order, and is there once", async () => {
  const folder = mkdtempSync(join(tmpdir(), "estiba-gather-"));
  try {
    const files = await bundled(folder, { one: ["one.ts"], both: ["one.ts", "two.ts"] });
    expect(files).toContain("one-both.js");
    expect(runs(folder, "one")).toBe("first\nshared\nown\none 1 own\n");
    // What another way needs comes with it: modules do nothing when they are loaded, but for these.
    expect(runs(folder, "two")).toBe("first\nshared\nown\ntwo 1\n");
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

test("a module that nobody loads at run time is named", async () => {
  const folder = mkdtempSync(join(tmpdir(), "estiba-gather-"));
  try {
    expect(bundled(folder, { one: ["shared.ts"] })).rejects.toThrow("shared.ts is loaded at run time by nobody");
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
