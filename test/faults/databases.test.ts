import { afterAll, beforeAll, expect, test } from "bun:test";
import {
  cpSync,
  mkdirSync,
  openSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { type CommandResult, IMAGE, runCommand, TestEngine } from "../fixtures/engine.ts";
import { openBeside } from "../fixtures/open-beside.ts";

const engine = new TestEngine();
const STORE = `${engine.root}/estiba.db`;
const LIVE = `${engine.runRoot}/live.db`;
const KEPT = engine.path("kept");
const DATA = `${engine.root}/volumes/vol/_data/x`;
const PAGE = 4096;

beforeAll(async () => {
  await engine.load();
  await engine.ok(["run", "--name", "b", "-v", "vol:/data", IMAGE, "sh", "-c", "echo data >/data/x"]);
  await engine.ok(["create", "--name", "c", IMAGE, "true"]);
  for (const path of [STORE, LIVE]) {
    using database = openBeside(path);
    database.run("PRAGMA wal_checkpoint(TRUNCATE)");
  }
  cpSync(engine.root, `${KEPT}/root`, { recursive: true, verbatimSymlinks: true });
  cpSync(engine.runRoot, `${KEPT}/run`, { recursive: true, verbatimSymlinks: true });
}, 60_000);
afterAll(async () => {
  restore();
  await engine.dispose();
}, 60_000);

function restore(): void {
  for (const [path, kept] of [
    [engine.root, "root"],
    [engine.runRoot, "run"],
  ] as const) {
    rmSync(path, { recursive: true, force: true });
    cpSync(`${KEPT}/${kept}`, path, { recursive: true, verbatimSymlinks: true });
  }
  for (const path of [STORE, LIVE]) for (const suffix of ["-wal", "-shm"]) rmSync(path + suffix, { force: true });
}

function overwrite(path: string, offset: number, length: number): void {
  writeSync(openSync(path, "r+"), Buffer.alloc(length, 0xff), 0, length, offset);
}

function sql(path: string, statement: string): void {
  using database = openBeside(path);
  database.run(statement);
}

/** Every command says what is wrong and what to read, and touches nobody's data. */
async function expectExplained(message: RegExp): Promise<void> {
  for (const args of [
    ["ps", "-a"],
    ["run", "--rm", IMAGE, "true"],
    ["rm", "-f", "c"],
    ["system", "check", "--repair"],
  ]) {
    const { code, stderr } = await engine.run(args);
    expect({ args, code, stderr }).toEqual({ args, code: 125, stderr: expect.stringMatching(message) as string });
    expect(stderr.match(/^Error: /gm)).toHaveLength(1);
  }
  expect(readFileSync(DATA, "utf8")).toBe("data\n");
}

test.each([
  ["cut in the middle", STORE, () => truncateSync(STORE, statSync(STORE).size >> 1)],
  ["cut in the middle of a page", LIVE, () => truncateSync(LIVE, PAGE + 100)],
  ["damaged at its head", STORE, () => overwrite(STORE, 0, 64)],
  ["damaged at its head", LIVE, () => overwrite(LIVE, 0, 64)],
  [
    "damaged in every page",
    STORE,
    () => {
      for (let at = PAGE; at < statSync(STORE).size; at += PAGE) overwrite(STORE, at, 40);
    },
  ],
])("a database that is %s is named, with where to read on", async (_title, path, damage) => {
  restore();
  damage();
  await expectExplained(new RegExp(`${path} is not a sound database(.|\n)*docs/recovery.md`));
});

test("a folder in the place of a database is named", async () => {
  restore();
  rmSync(STORE);
  mkdirSync(STORE);
  await expectExplained(/cannot open the database .*estiba\.db/);
});

test("a database of a newer version is left alone", async () => {
  restore();
  sql(STORE, "PRAGMA user_version = 999");
  await expectExplained(/was written by a newer Estiba/);
});

test("a live database that was damaged is replaced as docs/recovery.md says", async () => {
  restore();
  overwrite(LIVE, 0, 64);
  for (const suffix of ["", "-wal", "-shm"]) rmSync(LIVE + suffix, { force: true });
  expect((await engine.run(["system", "check", "--repair"])).code).toBe(0);
  await engine.expectClean();
  expect(await engine.ok(["ps", "-a", "--format", "{{.Names}} {{.State}}"])).toBe("b exited\nc created");
});

test("an emptied database is taken for a lost one, and nothing beside it is removed", async () => {
  restore();
  truncateSync(STORE, 0);
  const { code, stdout } = await engine.run(["system", "check", "--repair"]);
  expect(code).toBe(1);
  expect(stdout).toContain("is not the database that the folders beside it belong to");
  expect(readFileSync(DATA, "utf8")).toBe("data\n");
  rmSync(STORE);
  cpSync(`${KEPT}/root/estiba.db`, STORE);
  for (const suffix of ["-wal", "-shm"]) rmSync(STORE + suffix, { force: true });
  expect(await engine.ok(["run", "--rm", "-v", "vol:/data", IMAGE, "cat", "/data/x"])).toBe("data");
});

test.each(["{garbage", "{}"])("a record that reads %p hides no other, is named, and goes with rm -f", async (text) => {
  restore();
  sql(STORE, `UPDATE container SET definition = '${text}' WHERE name = 'b'`);
  expect(await engine.ok(["ps", "-a", "--format", "{{.Names}}"])).toBe("c");
  expect(await engine.ok(["images", "-q"])).not.toBe("");
  const found = await engine.run(["system", "check", "--repair"]);
  expect(found.code).toBe(1);
  expect(found.stdout).toContain("the record of container b (");
  // Nobody knows whether it had the volume.
  expect((await engine.run(["volume", "prune", "-f", "-a"])).code).toBe(125);
  expect(readFileSync(DATA, "utf8")).toBe("data\n");
  expect(await engine.ok(["rm", "-f", "b"])).toBe("b");
  expect(await engine.ok(["rm", "c"])).toBe("c");
  await engine.expectClean();
});

test("a state that cannot be read is mended like a start that was cut off", async () => {
  restore();
  const id = await engine.ok(["run", "-d", "--name", "up", IMAGE, "sleep", "1000"]);
  sql(LIVE, `UPDATE container_state SET state = '{garbage' WHERE id = '${id}'`);
  expect(await engine.ok(["ps", "-a", "--format", "{{.Names}}"])).toContain("up");
  expect((await engine.run(["system", "check", "--repair"])).code).toBe(0);
  await engine.expectClean();
  expect(await engine.ok(["start", "up"])).toBe("up");
  expect(await engine.ok(["rm", "-f", "up"])).toBe("up");
});

test("on a file system that became read-only, what is there can be seen, and the rest says why not", async () => {
  restore();
  await engine.ok(["run", "-d", "--name", "up", IMAGE, "sh", "-c", "echo said; sleep 1000"]);
  // A mount namespace in which the root is read-only, as a failing disk makes it.
  const frozen = async (args: readonly string[]): Promise<CommandResult> => {
    const script = 'mount --bind "$1" "$1" && mount -o remount,bind,ro "$1" && shift && exec "$@"';
    return await runCommand(["unshare", "-m", "sh", "-c", script, "sh", engine.root, ...engine.argv(args)]);
  };
  for (const args of [
    ["ps", "-a"],
    ["images"],
    ["inspect", "up"],
    ["logs", "up"],
    ["exec", "up", "true"],
    ["volume", "ls"],
    ["network", "ls"],
    ["info"],
    ["system", "df"],
    ["system", "check", "--quick"],
  ])
    expect({ args, code: (await frozen(args)).code }).toEqual({ args, code: 0 });
  for (const args of [
    ["create", IMAGE],
    ["rm", "-f", "up"],
    ["volume", "create", "new"],
    ["rmi", IMAGE],
  ]) {
    const { code, stderr } = await frozen(args);
    expect({ args, failed: code !== 0 }).toEqual({ args, failed: true });
    expect(stderr).toMatch(/read-only|readonly|cannot be written/);
  }
  await engine.ok(["rm", "-f", "up"]);
  await engine.expectClean();
});

/** The commands that follow see another boot id, as after a reboot that left the run root where it was. */
async function afterBoot(args: readonly string[]): Promise<string> {
  writeFileSync(engine.path("boot-id"), "11111111-2222-3333-4444-555555555555\n");
  const script = 'mount --bind "$1" /proc/sys/kernel/random/boot_id && shift && exec "$@"';
  const result = await runCommand([
    "unshare",
    "-m",
    "sh",
    "-c",
    script,
    "sh",
    engine.path("boot-id"),
    ...engine.argv(args),
  ]);
  expect({ args, code: result.code, stderr: result.stderr }).toEqual({ args, code: 0, stderr: "" });
  return result.stdout.trim();
}

test("a run root that outlived a reboot is recognised, and nothing in it is believed", async () => {
  restore();
  const id = await engine.ok(["run", "-d", "--name", "up", "-p", "127.0.0.1::80", IMAGE, "sleep", "1000"]);
  await killAsBootDoes("up");
  expect(await afterBoot(["ps", "-a", "--format", "{{.Names}} {{.State}}"])).toContain("up created");
  await afterBoot(["system", "check", "--repair"]);
  expect(await afterBoot(["system", "check"])).toBe("");
  expect(await afterBoot(["ps", "-a", "--no-trunc", "--format", "{{.ID}}"])).toContain(id);
  await afterBoot(["rm", "-f", "up"]);
  expect(await afterBoot(["system", "check"])).toBe("");
});

async function killAsBootDoes(name: string): Promise<void> {
  const format = "{{.State.ConmonPid}} {{.State.Pid}} {{.GraphDriver.Data.MergedDir}}";
  const [monitor, init, merged = ""] = (await engine.ok(["inspect", "--format", format, name])).split(" ");
  for (const pid of [monitor, init]) process.kill(Number(pid), "SIGKILL");
  expect(await runCommand(["umount", "-l", merged])).toMatchObject({ code: 0 });
}

test("a pid that is another process's by now is nobody's container", async () => {
  restore();
  const id = await engine.ok(["run", "-d", "--name", "up", IMAGE, "sleep", "1000"]);
  await killAsBootDoes("up");
  // As if a stranger had got both numbers since.
  const stranger = Bun.spawn(["sleep", "1000"]);
  sql(
    LIVE,
    `UPDATE container_state SET state = json_set(state, '$.init.pid', ${stranger.pid}, '$.monitor.pid', ${stranger.pid}) WHERE id = '${id}'`,
  );
  for (const name of ["conmon.pid", "pidfile"])
    writeFileSync(`${engine.runRoot}/containers/${id}/${name}`, String(stranger.pid));
  expect(await engine.ok(["ps", "-a", "--filter", "name=up", "--format", "{{.State}}"])).toBe("exited");
  await engine.ok(["stop", "-t", "0", "up"]);
  await engine.ok(["rm", "-f", "up"]);
  await engine.expectClean();
  expect(stranger.exitCode).toBeNull();
  stranger.kill();
});
