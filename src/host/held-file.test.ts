import { afterEach, beforeEach, expect, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { makeHeldFile } from "./held-file.ts";

const place = { path: "" };
beforeEach(() => {
  place.path = join(mkdtempSync(join(tmpdir(), "estiba-held-")), "file");
});
afterEach(() => rmSync(join(place.path, ".."), { recursive: true }));

/** A process that reads the file, and whether it has come to the opening of it and waits there. */
function reader(): { readonly text: Promise<string>; readonly waits: () => Promise<void> } {
  const child = Bun.spawn(["cat", place.path], { stdout: "pipe" });
  return {
    text: child.stdout.text(),
    waits: async () => {
      while (!readFileSync(`/proc/${child.pid}/wchan`, "utf8").includes("lease")) await Bun.sleep(1);
    },
  };
}

test("who opens the file waits until it is let go, and finds all of it", async () => {
  const held = makeHeldFile(place.path, 0o640);
  if (held === undefined) throw new Error("the kernel grants no lease in the temporary folder");
  const early = reader();
  await early.waits();
  held.write("half ");
  held.write("é whole");
  held.release();
  held.release();
  expect(await early.text).toBe("half é whole");
  expect(await reader().text).toBe("half é whole");
  expect(statSync(place.path).mode & 0o777).toBe(0o640 & ~process.umask());
});

test("a maker that is killed lets go, and what is there stays as it is", async () => {
  const maker = Bun.spawn(
    [
      process.execPath,
      "-e",
      `const { makeHeldFile } = await import(${JSON.stringify(join(import.meta.dir, "held-file.ts"))});
       globalThis.held = makeHeldFile(${JSON.stringify(place.path)}, 0o600);
       held.write("half"); console.log("made"); await Bun.sleep(60_000);`,
    ],
    { stdout: "pipe" },
  );
  await maker.stdout.getReader().read();
  const waiting = reader();
  await waiting.waits();
  maker.kill("SIGKILL");
  expect(await waiting.text).toBe("half");
  expect(() => makeHeldFile(place.path, 0o600)).toThrow("EEXIST");
});
