import { expect, test } from "bun:test";
import type { Changes, Store } from "../../src/cluster/store/contract.ts";
import { eventually } from "../fixtures/engine.ts";

/** What every store of a cluster's state guarantees; `open` gives one that is empty. */
export function storeSuite(open: () => Store): void {
  test("a key is found with the revisions in which it was made and last changed, until it is deleted", async () => {
    await using store = open();
    const made = await put(store, "a", "1");
    const changed = await put(store, "a", "2");
    expect(changed).toBeGreaterThan(made);
    expect((await store.range("a")).entries).toEqual([
      { key: "a", value: "2", createRevision: made, modRevision: changed },
    ]);
    expect((await store.commit([], [{ kind: "delete", key: "a" }])).succeeded).toBeTrue();
    expect((await store.range("a")).entries).toEqual([]);
    const again = await put(store, "a", "3");
    expect((await store.range("a")).entries[0]).toMatchObject({ createRevision: again, modRevision: again });
  });

  test("a range has the keys with its prefix and no others, in order, with any text for a value", async () => {
    await using store = open();
    const value = 'Größe "1"\n\u{1F600}\0end';
    for (const key of ["tasks/b", "tasks/a", "task", "tasks0", "services/x"]) await put(store, key, value);
    const { entries, revision } = await store.range("tasks/");
    expect(entries.map(({ key }) => key)).toEqual(["tasks/a", "tasks/b"]);
    expect(entries[0]?.value).toBe(value);
    expect(revision).toBeGreaterThanOrEqual(Math.max(...entries.map(({ modRevision }) => modRevision)));
  });

  test("a range of more keys than fit into one answer has all of them", async () => {
    await using store = open();
    for (let from = 0; from < 1200; from += 100) {
      const keys = Array.from({ length: 100 }, (_, index) => `k/${String(from + index).padStart(5, "0")}`);
      await store.commit(
        [],
        keys.map((key) => ({ kind: "put", key, value: "v" })),
      );
    }
    const { entries } = await store.range("k/");
    expect(entries.length).toBe(1200);
    expect(entries.at(-1)?.key).toBe("k/01199");
  });

  test("a commit is made whole when all comparisons hold, and not at all when one does not", async () => {
    await using store = open();
    const made = await put(store, "a", "1");
    const wrong = await store.commit(
      [
        { key: "a", what: "modified", at: made },
        { key: "b", what: "modified", at: made },
      ],
      [
        { kind: "put", key: "a", value: "2" },
        { kind: "put", key: "c", value: "2" },
      ],
    );
    expect(wrong.succeeded).toBeFalse();
    expect((await store.range("")).entries.map(({ key, value }) => [key, value])).toEqual([["a", "1"]]);
    const absent = await store.commit(
      [
        { key: "a", what: "created", at: made },
        { key: "b", what: "modified", at: 0 },
        { key: "b", what: "created", at: 0 },
      ],
      [
        { kind: "put", key: "a", value: "2" },
        { kind: "put", key: "b", value: "2" },
      ],
    );
    expect(absent.succeeded).toBeTrue();
    // Both in one revision.
    const revisions = new Set((await store.range("")).entries.map(({ modRevision }) => modRevision));
    expect([...revisions]).toEqual([absent.revision]);
  });

  test("of many who change one key by comparison, one at a time succeeds: no change is lost", async () => {
    await using store = open();
    await put(store, "count", "0");
    const add = async (): Promise<void> => {
      for (;;) {
        const [entry] = (await store.range("count")).entries;
        const { succeeded } = await store.commit(
          [{ key: "count", what: "modified", at: entry?.modRevision ?? 0 }],
          [{ kind: "put", key: "count", value: String(Number(entry?.value) + 1) }],
        );
        if (succeeded) return;
      }
    };
    await Promise.all(Array.from({ length: 12 }, add));
    expect((await store.range("count")).entries[0]?.value).toBe("12");
  });

  test("a watch tells every commit since its revision, those before it began among them, each once and in order", async () => {
    await using store = open();
    const first = await put(store, "w/a", "1");
    await put(store, "other", "1");
    await put(store, "w/a", "2");
    const stop = new AbortController();
    const seen: Changes[] = [];
    const watching = collect(store.watch("w/", first, stop.signal), seen);
    await eventually(
      () => seen.length,
      (count) => count === 2,
    );
    await store.commit(
      [],
      [
        { kind: "delete", key: "w/a" },
        { kind: "put", key: "w/b", value: "3" },
        { kind: "put", key: "elsewhere", value: "3" },
      ],
    );
    await eventually(
      () => seen.length,
      (count) => count === 3,
    );
    stop.abort();
    await watching;
    expect(seen.map(({ changes }) => changes.map(wordOf).sort())).toEqual([
      ["w/a=1"],
      ["w/a=2"],
      ["w/a gone", "w/b=3"],
    ]);
    const revisions = seen.map(({ revision }) => revision);
    expect(revisions).toEqual(revisions.toSorted((a, b) => a - b));
  });

  test("a watch ends with its signal, whether something comes or not", async () => {
    await using store = open();
    const stop = new AbortController();
    const watching = collect(store.watch("", 1, stop.signal), []);
    stop.abort();
    await watching;
  });

  test("a key that was put with a lease is gone when the lease is revoked, or has not been renewed", async () => {
    await using store = open();
    const revoked = await store.grantLease(60_000);
    await store.commit([], [{ kind: "put", key: "held/a", value: "", lease: revoked.id }]);
    expect(await revoked.keepAlive()).toBeTrue();
    expect((await store.range("held/")).entries.length).toBe(1);
    await revoked.revoke();
    expect((await store.range("held/")).entries).toEqual([]);
    expect(await revoked.keepAlive()).toBeFalse();
    const forgotten = await store.grantLease(1_000);
    await store.commit([], [{ kind: "put", key: "held/b", value: "", lease: forgotten.id }]);
    await eventually(
      async () => (await store.range("held/")).entries.length,
      (count) => count === 0,
    );
    expect(await forgotten.keepAlive()).toBeFalse();
  });
}

async function put(store: Store, key: string, value: string): Promise<number> {
  return (await store.commit([], [{ kind: "put", key, value }])).revision;
}

async function collect(watch: AsyncIterable<Changes>, seen: Changes[]): Promise<void> {
  for await (const changes of watch) seen.push(changes);
}

function wordOf(change: Changes["changes"][number]): string {
  return change.kind === "delete" ? `${change.key} gone` : `${change.entry.key}=${change.entry.value}`;
}
