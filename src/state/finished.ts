import type { Database } from "bun:sqlite";
import type { ContainerExit } from "./container.ts";

/** How long the end of a container that is gone can be asked for, as Podman keeps it. */
const KEPT_MS = 5 * 60_000;

/** Keeps how a container ended for those who wait for it, beyond its removal; forgets old ones. */
export function rememberExit(live: Database, id: string, exit: ContainerExit): void {
  live.run("DELETE FROM finished WHERE finished_at < ?", [Date.now() - KEPT_MS]);
  live.run("INSERT OR REPLACE INTO finished (id, exit, finished_at) VALUES (?, ?, ?)", [
    id,
    JSON.stringify(exit),
    Date.now(),
  ]);
}

/** How the container of this id ended lately; undefined when nothing is known. */
export function recallExit(live: Database, id: string): ContainerExit | undefined {
  const row = live.query<{ exit: string }, [string]>("SELECT exit FROM finished WHERE id = ?").get(id);
  return row === null ? undefined : (JSON.parse(row.exit) as ContainerExit);
}
