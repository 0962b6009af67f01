import type { Database } from "bun:sqlite";
import type { ContainerExit, ContainerRecord, ContainerState } from "./container.ts";
import { parseDefinition, parseState, soundDefinition } from "./container-row.ts";
import { transaction } from "./database.ts";
import { isIdPrefix, type Kind, onlyOne } from "./look-up.ts";
import { refuseTakenName } from "./names.ts";
import type { RunWish } from "./run-wish.ts";

type Row = { definition: string };

/** Adds the definition. Throws `conflict` when the name is taken, saying by whom. Joins the caller's transaction. */
export function insertContainer(store: Database, record: ContainerRecord): void {
  refuseTakenName(store, record.name, ", or add --replace");
  store.run(
    // The column keeps the order of making: of two in one millisecond, and when the clock was set back.
    `INSERT INTO container (id, name, image_id, pod_id, created_at, definition)
     VALUES (?, ?, ?, ?, max(?, coalesce((SELECT max(created_at) FROM container), 0) + 1), ?)`,
    [record.id, record.name, record.imageId, record.spec.pod?.id ?? null, record.createdAt, JSON.stringify(record)],
  );
}

/** Replaces the definition by one with another name. Throws as {@link insertContainer}. Joins the caller's transaction. */
export function renameContainerRow(store: Database, record: ContainerRecord): void {
  refuseTakenName(store, record.name, "");
  store.run("UPDATE container SET name = ?, definition = ? WHERE id = ?", [
    record.name,
    JSON.stringify(record),
    record.id,
  ]);
}

/** Replaces the definition by another one of the same name. Joins the caller's transaction. */
export function replaceDefinition(store: Database, record: ContainerRecord): void {
  store.run("UPDATE container SET definition = ? WHERE id = ?", [JSON.stringify(record), record.id]);
}

/** Forgets the definition; nothing happens when it is gone. */
export function deleteContainer(store: Database, id: string): void {
  store.run("DELETE FROM container WHERE id = ?", [id]);
}

/** Keeps how the last run ended, beyond a reboot; for a container with a restart policy also what is to become of it. */
export function saveExit(store: Database, id: string, exit: ContainerExit, wish?: RunWish): void {
  const values = [JSON.stringify(exit), wish ?? null, id];
  transaction(store, () =>
    store.run("UPDATE container SET last_exit = ?, run_wish = coalesce(?, run_wish) WHERE id = ?", values),
  );
}

/** How the last run ended, where that is known. */
export function loadExit(store: Database, id: string): ContainerExit | undefined {
  const row = store
    .query<{ last_exit: string | null }, [string]>("SELECT last_exit FROM container WHERE id = ?")
    .get(id);
  return row?.last_exit === null || row === null ? undefined : (JSON.parse(row.last_exit) as ContainerExit);
}

/** The definition by full id, or undefined. */
export function getContainer(store: Database, id: string): ContainerRecord | undefined {
  const row = store.query<Row, [string]>("SELECT definition FROM container WHERE id = ?").get(id);
  return row === null ? undefined : parseDefinition(row.definition);
}

/** {@link getContainer}, but undefined for one whose definition is damaged, too: for who only looks. */
export function getSoundContainer(store: Database, id: string): ContainerRecord | undefined {
  const row = store.query<Row, [string]>("SELECT definition FROM container WHERE id = ?").get(id);
  return row === null ? undefined : soundDefinition(row.definition);
}

/** {@link listContainers}, without those whose definition is damaged: for who only looks. */
export function listSoundContainers(store: Database): ContainerRecord[] {
  return store
    .query<Row, []>("SELECT definition FROM container ORDER BY created_at, id")
    .all()
    .flatMap((row) => soundDefinition(row.definition) ?? []);
}

/** Every definition, oldest first. Throws `corrupt` when one is damaged: what it uses is not known then. */
export function listContainers(store: Database): ContainerRecord[] {
  return store
    .query<Row, []>("SELECT definition FROM container ORDER BY created_at, id")
    .all()
    .map((row) => parseDefinition(row.definition));
}

/** The ids of all containers in the order in which they were made. */
export function idsAsMade(store: Database): string[] {
  return store
    .query<{ id: string }, []>("SELECT id FROM container ORDER BY created_at, id")
    .all()
    .map(({ id }) => id);
}

/** The definitions of other containers that hold an id somewhere. */
export function containersNaming(store: Database, id: string): ContainerRecord[] {
  return store
    .query<Row, [string, string]>(
      "SELECT definition FROM container WHERE id <> ? AND instr(definition, ?) > 0 ORDER BY created_at, id",
    )
    .all(id, id)
    .map((row) => parseDefinition(row.definition));
}

/** Whether the definition of another container holds a word somewhere, such as the random name of a volume. */
export function isNamedByAnother(store: Database, id: string, word: string): boolean {
  return store.query("SELECT 1 FROM container WHERE id <> ? AND instr(definition, ?) > 0").get(id, word) !== null;
}

const KIND: Kind = {
  noun: "container",
  list: "estiba ps --all",
  by: "id",
  ambiguous: { reason: "container.ambiguous_id" },
  unknown: {
    reason: "container.unknown",
    what: (text) => `no container with name or ID "${text}" found: no such container`,
  },
};

/** The container meant by a name, a full id or a unique prefix of one. Throws `not_found` or, for a prefix of several, `invalid`. */
export function findContainer(store: Database, nameOrId: string): ContainerRecord {
  const named = store
    .query<Row, [string, string]>("SELECT definition FROM container WHERE name = ? OR id = ?")
    .get(nameOrId, nameOrId);
  if (named !== null) return parseDefinition(named.definition);
  const rows = isIdPrefix(nameOrId)
    ? store
        .query<Row, [string, string]>("SELECT definition FROM container WHERE id >= ? AND id < ? LIMIT 2")
        .all(nameOrId, `${nameOrId}g`)
    : [];
  return parseDefinition(onlyOne(KIND, nameOrId, rows, () => namesOf(store)).definition);
}

/** Whether a container has the name, whole. */
export function hasContainerNamed(store: Database, name: string): boolean {
  return store.query("SELECT 1 FROM container WHERE name = ?").get(name) !== null;
}

function namesOf(store: Database): string[] {
  return store
    .query<{ name: string }, []>("SELECT name FROM container")
    .all()
    .map(({ name }) => name);
}

/** The volatile state; undefined when the container has not run since the last boot. */
export function getState(live: Database, id: string): ContainerState | undefined {
  const row = live.query<{ state: string }, [string]>("SELECT state FROM container_state WHERE id = ?").get(id);
  return row === null ? undefined : parseState(row.state);
}

/** Every volatile state, by container id. */
export function listStates(live: Database): Map<string, ContainerState> {
  const rows = live.query<{ id: string; state: string }, []>("SELECT id, state FROM container_state").all();
  return new Map(rows.map(({ id, state }) => [id, parseState(state)]));
}

/** Replaces the volatile state. The caller holds the container's lock. */
export function putState(live: Database, id: string, state: ContainerState): void {
  live.run(
    "INSERT INTO container_state (id, state) VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET state = excluded.state",
    [id, JSON.stringify(state)],
  );
}

/** Forgets the volatile state. */
export function deleteState(live: Database, id: string): void {
  live.run("DELETE FROM container_state WHERE id = ?", [id]);
}
