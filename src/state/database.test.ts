import { afterAll, expect, setDefaultTimeout, test } from "bun:test";
import { mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isEstibaError } from "../lib/error.ts";
import { openDatabase, transaction } from "./database.ts";

// Processes and many rounds: a busy machine takes long over them.
setDefaultTimeout(60_000);

const folder = mkdtempSync(join(tmpdir(), "estiba-database-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const FIRST = "CREATE TABLE thing (name TEXT PRIMARY KEY)";
const SECOND = "ALTER TABLE thing ADD COLUMN size INTEGER";

test("migrations that are missing are applied, once, and keep what is there", () => {
  const path = join(folder, "migrate.db");
  openDatabase(path, { synchronous: "OFF", migrations: [FIRST] }).run("INSERT INTO thing VALUES ('a')");
  const database = openDatabase(path, { synchronous: "OFF", migrations: [FIRST, SECOND] });
  expect(database.query("SELECT name, size FROM thing").all()).toEqual([{ name: "a", size: null }]);
});

test("a file that several processes make at once is made once, and none is refused", async () => {
  const program = `
    const { openDatabase } = await import(${JSON.stringify(join(import.meta.dir, "database.ts"))});
    console.log("ready");
    require("node:fs").readSync(0, Buffer.alloc(1));
    for (let file = 0; file < 100; file++) {
      openDatabase(${JSON.stringify(`${folder}/race`)} + file, { synchronous: "OFF", migrations: [${JSON.stringify(FIRST)}] });
    }
  `;
  const racers = Array.from({ length: 4 }, () =>
    Bun.spawn([process.execPath, "-e", program], { stdin: "pipe", stdout: "pipe", stderr: "pipe" }),
  );
  for (const racer of racers) await racer.stdout.getReader().read();
  for (const racer of racers) {
    await racer.stdin.write("x");
    await racer.stdin.end();
  }
  expect(await Promise.all(racers.map(({ stderr }) => new Response(stderr).text()))).toEqual(racers.map(() => ""));
  expect(await Promise.all(racers.map(({ exited }) => exited))).toEqual(racers.map(() => 0));
});

test("a newer schema is refused, but not for the exit hook", () => {
  const path = join(folder, "newer.db");
  openDatabase(path, { synchronous: "OFF", migrations: [FIRST, SECOND] });
  const open = (acceptNewer: boolean): unknown =>
    openDatabase(path, { synchronous: "OFF", migrations: [FIRST], acceptNewer });
  expect(() => open(false)).toThrow("newer Estiba");
  expect(open(true)).toBeDefined();
});

test("what is no database is named as corrupt, and left as it is", () => {
  const path = join(folder, "garbage.db");
  writeFileSync(path, "this is no database, and much longer than the sixteen bytes of its magic".repeat(20));
  try {
    openDatabase(path, { synchronous: "OFF", migrations: [FIRST] });
    expect.unreachable();
  } catch (error) {
    expect(isEstibaError(error, "corrupt")).toBe(true);
  }
});

test("a throw rolls the whole transaction back", () => {
  const database = openDatabase(join(folder, "rollback.db"), { synchronous: "OFF", migrations: [FIRST] });
  const work = (): void =>
    transaction(database, () => {
      database.run("INSERT INTO thing VALUES ('a')");
      transaction(database, () => database.run("INSERT INTO thing VALUES ('b')"));
      throw new Error("no");
    });
  expect(work).toThrow("no");
  expect(database.query("SELECT * FROM thing").all()).toEqual([]);
});

test("the log of a file that is never synced stays shorter, with transactions and without", () => {
  const path = join(folder, "unsynced.db");
  const database = openDatabase(path, { synchronous: "OFF", migrations: [FIRST] });
  for (let row = 0; row < 200; row++) {
    database.run("INSERT INTO thing VALUES (?)", [`alone ${row}`]);
    transaction(database, () => database.run("INSERT INTO thing VALUES (?)", [`together ${row}`]));
  }
  expect(statSync(`${path}-wal`).size).toBeLessThan(40 * 4120);
});

test("the log stays short where each process makes one transaction and never closes", async () => {
  const path = join(folder, "log.db");
  const program = `
    const { openDatabase, transaction } = await import(${JSON.stringify(join(import.meta.dir, "database.ts"))});
    const database = openDatabase(${JSON.stringify(path)}, { synchronous: "OFF", migrations: [${JSON.stringify(FIRST)}] });
    transaction(database, () => database.run("INSERT INTO thing VALUES (hex(randomblob(20000)))"));
    process.kill(process.pid, "SIGKILL");`;
  for (let processes = 0; processes < 24; processes++) {
    await Bun.spawn([process.execPath, "-e", program], { stdio: ["ignore", "inherit", "inherit"] }).exited;
  }
  const database = openDatabase(path, { synchronous: "OFF", migrations: [FIRST] });
  expect(database.query("SELECT count(*) AS rows FROM thing").get()).toEqual({ rows: 24 });
  // Each makes some 25 pages, as the index happens to split; 80 are the limit, and the last may have begun just below it.
  expect(statSync(`${path}-wal`).size).toBeLessThan(140 * 4120);
});
