import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Store } from "../../src/cluster/store/contract.ts";
import { openEtcdStore } from "../../src/cluster/store/etcd.ts";
import { openSqliteStore } from "../../src/cluster/store/sqlite.ts";
import { ETCD, TestEtcd } from "../fixtures/etcd.ts";
import { storeSuite } from "../suites/store.ts";

const made: { etcd?: TestEtcd; folder: string; count: number } = { folder: "", count: 0 };

beforeAll(() => {
  made.folder = mkdtempSync(join(tmpdir(), "estiba-store-"));
});
afterAll(() => {
  rmSync(made.folder, { recursive: true, force: true });
});

function newPath(): string {
  made.count += 1;
  return join(made.folder, `${made.count}.db`);
}

describe("SQLite", () => {
  storeSuite(() => openSqliteStore(newPath()));

  test("what was committed is there after the process has gone without a word; what was leased is not", async () => {
    const path = newPath();
    const first = openSqliteStore(path);
    const lease = await first.grantLease(60_000);
    const { revision } = await first.commit(
      [],
      [
        { kind: "put", key: "kept", value: "1" },
        { kind: "put", key: "leader", value: "1", lease: lease.id },
      ],
    );
    await using second = openSqliteStore(path);
    const { entries } = await second.range("");
    expect(entries).toEqual([{ key: "kept", value: "1", createRevision: revision, modRevision: revision }]);
    await first[Symbol.asyncDispose]();
  });

  test("old revisions are forgotten a few at a time: the log does not grow, and a watch from one of them says so", async () => {
    await using store = openSqliteStore(newPath(), 300);
    for (let count = 0; count < 900; count++) await store.commit([], [{ kind: "put", key: "k", value: String(count) }]);
    const { revision } = await store.range("");
    const signal = AbortSignal.timeout(10_000);
    const since = async (from: number): Promise<number> => {
      for await (const { revision: first } of store.watch("", from, signal)) return first;
      return 0;
    };
    const refused = await since(2).then(
      () => undefined,
      (error: unknown) => error,
    );
    expect(refused).toMatchObject({ code: "not_found", reason: "cluster.compacted" });
    expect(await since(revision - 299)).toBe(revision - 299);
  });
});

describe.skipIf(ETCD === null)("etcd", () => {
  beforeAll(async () => {
    made.etcd = await TestEtcd.start();
  }, 60_000);
  afterAll(async () => await made.etcd?.[Symbol.asyncDispose]());

  const open = (): Store => {
    made.count += 1;
    return openEtcdStore({ endpoints: [made.etcd?.endpoint ?? ""] }, `/test-${made.count}/`);
  };
  storeSuite(open);

  test("an endpoint where nobody listens is passed over", async () => {
    await using store = openEtcdStore({ endpoints: ["http://127.0.0.1:1", made.etcd?.endpoint ?? ""] }, "/passed/");
    expect((await store.commit([], [{ kind: "put", key: "a", value: "1" }])).succeeded).toBeTrue();
    expect((await store.range("")).entries.length).toBe(1);
  });

  test("one that is held is given up after its deadline, with what to look at; when it goes on, so does a watch", async () => {
    await using store = open();
    const stop = new AbortController();
    const watching = store.watch("", 1, stop.signal)[Symbol.asyncIterator]();
    await made.etcd?.hold();
    const failed = store.range("").then(
      () => undefined,
      (error: unknown) => error,
    );
    expect(await failed).toMatchObject({ code: "unavailable", reason: "cluster.store_unreachable" });
    await made.etcd?.free();
    const next = watching.next();
    await store.commit([], [{ kind: "put", key: "a", value: "1" }]);
    expect((await next).value).toMatchObject({ changes: [{ kind: "put" }] });
    stop.abort();
  });
});
