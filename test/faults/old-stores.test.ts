// What an older Estiba has left: its databases, with what they say in the columns that there were. The next command brings them up to date,
// whatever it is, and nothing is lost; killed while it does, it leaves them as they were.
import { Database } from "bun:sqlite";
import { beforeAll, beforeEach, expect, test } from "bun:test";
import { renameSync, rmSync } from "node:fs";
import { DURABLE_MIGRATIONS } from "../../src/state/durable-schema.ts";
import { LIVE_MIGRATIONS } from "../../src/state/live-schema.ts";
import { IMAGE, runCommand, useEngine } from "../fixtures/engine.ts";
import { buildFaulty } from "../fixtures/faults/build.ts";
import { freePort } from "../fixtures/free-port.ts";
import { openBeside } from "../fixtures/open-beside.ts";

const engine = useEngine();
const STORE = `${engine.root}/estiba.db`;
const LIVE = `${engine.runRoot}/live.db`;
const FAULTY = engine.path("faulty");
const LEAVE = "echo kept >/data/x; exit 3";
/** The first one, the last one, and one between them. */
const VERSIONS = [1, 4, DURABLE_MIGRATIONS.length - 1];

beforeAll(async () => await buildFaulty(FAULTY), 60_000);

beforeEach(async () => {
  const { code } = await engine.run(["run", "--name", "ended", "-v", "vol:/data", IMAGE, "sh", "-c", LEAVE]);
  expect(code).toBe(3);
  await engine.ok(["network", "create", "--ignore", "net"]);
  await engine.ok(["create", "--name", "new", "--network", "net", IMAGE, "echo", "fine"]);
});

function versionOf(path: string): number {
  using database = openBeside(path);
  return database.query<{ user_version: number }, []>("PRAGMA user_version").get()?.user_version ?? 0;
}

function columns(database: Database, schema: string, table: string): string[] {
  return database
    .query<{ name: string }, []>(`SELECT name FROM pragma_table_info('${table}', '${schema}')`)
    .all()
    .map(({ name }) => name);
}

/** Puts a database of that version in the place of today's, with all that it can say. */
function age(path: string, version: number, migrations: readonly string[]): void {
  const old = `${path}.old`;
  rmSync(old, { force: true });
  {
    using database = new Database(old, { create: true });
    database.run("PRAGMA journal_mode = WAL");
    for (const script of migrations.slice(0, version)) database.run(script);
    database.run(`PRAGMA user_version = ${version}`);
    database.run("ATTACH ? AS today", [path]);
    const tables = database
      .query<{ name: string }, []>("SELECT name FROM main.sqlite_schema WHERE type = 'table'")
      .all();
    for (const { name } of tables) {
      const today = columns(database, "today", name);
      const both = columns(database, "main", name).filter((column) => today.includes(column));
      database.run(`DELETE FROM main.${name}`);
      database.run(`INSERT INTO main.${name} (${both.join()}) SELECT ${both.join()} FROM today.${name}`);
    }
    database.run("PRAGMA wal_checkpoint(TRUNCATE)");
  }
  for (const suffix of ["", "-wal", "-shm"]) rmSync(path + suffix, { force: true });
  renameSync(old, path);
  for (const suffix of ["-wal", "-shm"]) rmSync(old + suffix, { force: true });
  expect(versionOf(path)).toBe(version);
}

async function expectAllThere(): Promise<void> {
  expect(await engine.ok(["ps", "-a", "--format", "{{.Names}} {{.State}} {{.ExitCode}}"])).toBe(
    "ended exited 3\nnew created 0",
  );
  expect(versionOf(STORE)).toBe(DURABLE_MIGRATIONS.length);
  expect(await engine.ok(["start", "-a", "new"])).toBe("fine");
  expect(await engine.ok(["run", "--rm", "-v", "vol:/data", IMAGE, "cat", "/data/x"])).toBe("kept");
  expect(await engine.ok(["network", "ls", "-q"])).not.toBe("");
  await engine.expectClean();
}

test.each(VERSIONS)(
  "a store of schema %p is brought up to date by the first command, and nothing is lost",
  async (version) => {
    age(STORE, version, DURABLE_MIGRATIONS);
    await expectAllThere();
  },
);

test("of many commands that find an older store at once, all do their work", async () => {
  age(STORE, 1, DURABLE_MIGRATIONS);
  const results = await Promise.all(
    Array.from({ length: 8 }, (_, index) => engine.run(["volume", "create", `many-${index}`])),
  );
  expect(results.map(({ code, stderr }) => ({ code, stderr }))).toEqual(results.map(() => ({ code: 0, stderr: "" })));
  for (let index = 0; index < results.length; index++) await engine.ok(["volume", "rm", `many-${index}`]);
  await expectAllThere();
});

test("killed while it brings a store up to date, a command leaves it as it was, and the next one does it", async () => {
  age(STORE, 1, DURABLE_MIGRATIONS);
  const words = [FAULTY, ...engine.argv(["volume", "create", "other"]).slice(1)];
  const { code } = await runCommand(words, { env: { ESTIBA_FAULT: "commit@1=kill" } });
  expect({ code, version: versionOf(STORE) }).toEqual({ code: 137, version: 1 });
  await expectAllThere();
});

test("a container that runs over an upgrade keeps its published port, and ends as any other", async () => {
  const port = await freePort();
  const id = await engine.detached(["--name", "up", "-p", `127.0.0.1:${port}:80`], "sleep", "1000");
  age(LIVE, 1, LIVE_MIGRATIONS);
  expect(await engine.ok(["port", "up"])).toBe(`80/tcp -> 127.0.0.1:${port}`);
  expect(await engine.ok(["ps", "-q", "--no-trunc"])).toBe(id);
  await engine.expectClean();
  expect(versionOf(LIVE)).toBe(LIVE_MIGRATIONS.length);
  expect(await engine.ok(["exec", "up", "echo", "runs"])).toBe("runs");
  expect(await engine.ok(["stop", "-t", "0", "up"])).toBe("up");
  await engine.expectClean();
});
