import type { Database } from "bun:sqlite";

/** A container that is started by itself, and when that is to be next, in milliseconds since the epoch. */
export type DueRun = { readonly id: string; readonly dueAt: number };

/** Every schedule that is in force. */
export function listDueRuns(store: Database): DueRun[] {
  return store.query<DueRun, []>("SELECT container_id AS id, due_at AS dueAt FROM schedule").all();
}

/** When a container is to be started next; undefined where no schedule of it is in force. */
export function getDueRun(store: Database, id: string): number | undefined {
  return store.query<{ due_at: number }, [string]>("SELECT due_at FROM schedule WHERE container_id = ?").get(id)
    ?.due_at;
}

/** Puts a schedule in force, or moves it on. The container's end ends it. */
export function putDueRun(store: Database, { id, dueAt }: DueRun): void {
  store.run(
    "INSERT INTO schedule (container_id, due_at) VALUES (?, ?) ON CONFLICT (container_id) DO UPDATE SET due_at = excluded.due_at",
    [id, dueAt],
  );
}

/** Takes a schedule out of force; nothing happens where there is none. */
export function deleteDueRun(store: Database, id: string): void {
  store.run("DELETE FROM schedule WHERE container_id = ?", [id]);
}
