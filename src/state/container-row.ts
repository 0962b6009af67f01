import type { Database } from "bun:sqlite";
import { EstibaError } from "../lib/error.ts";
import type { ContainerRecord, ContainerState } from "./container.ts";

/** A row of the table of containers that cannot be read: a disk or a hand has damaged it. */
export type DamagedContainer = { readonly id: string; readonly name: string };

/** A definition as it was written. Throws `corrupt` for one that is damaged. */
export function parseDefinition(definition: string): ContainerRecord {
  const record = soundDefinition(definition);
  if (record !== undefined) return record;
  const id = /"id":"([0-9a-f]{64})"/.exec(definition)?.[1];
  throw new EstibaError("corrupt", {
    reason: "state.damaged_record",
    what: `the record of a container${id === undefined ? "" : ` (${id.slice(0, 12)})`} cannot be read`,
    fix: "see which: estiba system check",
  });
}

/** {@link parseDefinition}, but undefined for one that is damaged. */
export function soundDefinition(definition: string): ContainerRecord | undefined {
  const value = parsed(definition) as Partial<ContainerRecord> | undefined;
  const isSound =
    typeof value?.id === "string" &&
    typeof value.name === "string" &&
    typeof value.spec === "object" &&
    Array.isArray(value.process?.args) &&
    Array.isArray(value.mounts) &&
    Array.isArray(value.volumes);
  return isSound ? (value as ContainerRecord) : undefined;
}

/**
 * A state as it was written. One that is damaged counts as a start that was cut off: whatever runs is found by its cgroup, and ended by who
 * comes next.
 */
export function parseState(state: string): ContainerState {
  const value = parsed(state) as Partial<ContainerState> | undefined;
  return typeof value?.status === "string" ? (value as ContainerState) : { status: "starting" };
}

/** The containers whose definition cannot be read. */
export function listDamaged(store: Database): DamagedContainer[] {
  return store
    .query<DamagedContainer & { definition: string }, []>("SELECT id, name, definition FROM container")
    .all()
    .filter(({ definition }) => soundDefinition(definition) === undefined)
    .map(({ id, name }) => ({ id, name }));
}

/** Whether a container of this id is known, whatever its definition says. */
export function hasContainer(store: Database, id: string): boolean {
  return store.query("SELECT 1 FROM container WHERE id = ?").get(id) !== null;
}

function parsed(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? value : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
