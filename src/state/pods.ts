import type { Database } from "bun:sqlite";
import type { ContainerRecord } from "./container.ts";
import { parseDefinition } from "./container-row.ts";
import { isIdPrefix, type Kind, onlyOne } from "./look-up.ts";
import { refuseTakenName } from "./names.ts";
import type { PodRecord } from "./pod.ts";

type Row = { definition: string };

/** Adds the definition. Throws `conflict` when a pod or a container has the name. Joins the caller's transaction. */
export function insertPod(store: Database, pod: PodRecord): void {
  refuseTakenName(store, pod.name, ", or add --replace");
  store.run("INSERT INTO pod (id, name, created_at, definition) VALUES (?, ?, ?, ?)", [
    pod.id,
    pod.name,
    pod.createdAt,
    JSON.stringify(pod),
  ]);
}

/** Forgets the definition; nothing happens when it is gone. */
export function deletePod(store: Database, id: string): void {
  store.run("DELETE FROM pod WHERE id = ?", [id]);
}

/** The definition by full id, or undefined. */
export function getPod(store: Database, id: string): PodRecord | undefined {
  const row = store.query<Row, [string]>("SELECT definition FROM pod WHERE id = ?").get(id);
  return row === null ? undefined : (JSON.parse(row.definition) as PodRecord);
}

/** Every definition, oldest first. */
export function listPods(store: Database): PodRecord[] {
  return store
    .query<Row, []>("SELECT definition FROM pod ORDER BY created_at, id")
    .all()
    .map((row) => JSON.parse(row.definition) as PodRecord);
}

/** The containers of a pod, its infra container among them, oldest first. */
export function podMembers(store: Database, id: string): ContainerRecord[] {
  return store
    .query<Row, [string]>("SELECT definition FROM container WHERE pod_id = ? ORDER BY created_at, id")
    .all(id)
    .map((row) => parseDefinition(row.definition));
}

const KIND: Kind = {
  noun: "pod",
  list: "estiba pod ps",
  by: "id",
  ambiguous: { reason: "pod.ambiguous_id" },
  unknown: { reason: "pod.unknown", what: (text) => `no pod with name or ID ${text} found: no such pod` },
};

/** The pod meant by a name, a full id or a unique prefix of one. Throws `not_found` or, for a prefix of several, `invalid`. */
export function findPod(store: Database, nameOrId: string): PodRecord {
  const pods = listPods(store);
  const exact = pods.find(({ id, name }) => name === nameOrId || id === nameOrId);
  if (exact !== undefined) return exact;
  const fitting = isIdPrefix(nameOrId) ? pods.filter(({ id }) => id.startsWith(nameOrId)) : [];
  return onlyOne(KIND, nameOrId, fitting, () => pods.map(({ name }) => name));
}
