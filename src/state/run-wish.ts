import type { Database } from "bun:sqlite";
import { transaction } from "./database.ts";

/**
 * What became of a container with a restart policy, beyond a reboot. `running`: it was started, and should run; `stopped`: a user stopped
 * it; `ended`: it ended, and its policy left it so.
 */
export type RunWish = "running" | "stopped" | "ended";

/** Undefined for a container that was never started, or has no restart policy. */
export function getRunWish(store: Database, id: string): RunWish | undefined {
  const row = store
    .query<{ run_wish: RunWish | null }, [string]>("SELECT run_wish FROM container WHERE id = ?")
    .get(id);
  return row?.run_wish ?? undefined;
}

/** Writes only what changes: a start by the policy itself costs no write. */
export function putRunWish(store: Database, id: string, wish: RunWish): void {
  if (getRunWish(store, id) === wish) return;
  transaction(store, () => store.run("UPDATE container SET run_wish = ? WHERE id = ?", [wish, id]));
}
