import { type Entry, type Freshness, MOST_OPERATIONS, type Operation, type Store } from "./contract.ts";

/** A key with its value: what remains of an entry in another store. */
export type Item = Pick<Entry, "key" | "value">;

/** etcd takes a megabyte and a half at once. */
const MOST_CHARACTERS = 300_000;

/** Everything in a store but keys that begin so. */
export async function readItems(
  store: Store,
  { except, freshness }: { readonly except: readonly string[]; readonly freshness: Freshness },
): Promise<Item[]> {
  const { entries } = await store.range("", freshness);
  return entries
    .filter(({ key }) => !except.some((prefix) => key.startsWith(prefix)))
    .map(({ key, value }) => ({ key, value }));
}

/** Has a store consist of these, and of nothing else. Some at a time: nobody may use it before this is done. */
export async function replaceItems(store: Store, items: readonly Item[]): Promise<void> {
  const wanted = new Set(items.map(({ key }) => key));
  const { entries } = await store.range("");
  const gone = entries.filter(({ key }) => !wanted.has(key)).map(({ key }): Operation => ({ kind: "delete", key }));
  const put = items.map(({ key, value }): Operation => ({ kind: "put", key, value }));
  for (const operations of portions([...gone, ...put])) await store.commit([], operations);
}

function* portions(operations: readonly Operation[]): Generator<Operation[]> {
  let portion: Operation[] = [];
  let characters = 0;
  for (const operation of operations) {
    const size = operation.kind === "put" ? operation.value.length : 0;
    if (portion.length === MOST_OPERATIONS || (portion.length > 0 && characters + size > MOST_CHARACTERS)) {
      yield portion;
      portion = [];
      characters = 0;
    }
    portion.push(operation);
    characters += size;
  }
  if (portion.length > 0) yield portion;
}
