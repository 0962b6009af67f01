import { Database } from "bun:sqlite";
import { expect, test } from "bun:test";
import type { ContainerRecord } from "./container.ts";
import { insertContainer } from "./containers.ts";
import { DURABLE_MIGRATIONS } from "./durable-schema.ts";

test("the order of making stands: for two of one millisecond, and when the clock was set back", () => {
  const store = new Database(":memory:");
  for (const script of DURABLE_MIGRATIONS) store.run(script);
  const made = [
    ["c", 1000],
    ["b", 1000],
    ["d", 400],
    ["a", 2000],
  ] as const;
  for (const [id, createdAt] of made)
    insertContainer(store, { id, name: id, imageId: "i", createdAt, spec: {} } as unknown as ContainerRecord);
  const order = store.query<{ id: string }, []>("SELECT id FROM container ORDER BY created_at, id").all();
  expect(order.map(({ id }) => id)).toEqual(["c", "b", "d", "a"]);
});
