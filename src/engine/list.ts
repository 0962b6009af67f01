import type { ContainerExit, ContainerRecord, ContainerState } from "../state/container.ts";
import { listSoundContainers, listStates, loadExit } from "../state/containers.ts";
import type { Engine } from "./engine.ts";
import { type ObservedStatus, observe } from "./status.ts";

/** A container as it is at this moment. */
export type ContainerSummary = {
  readonly record: ContainerRecord;
  readonly status: ObservedStatus;
  readonly state: ContainerState | undefined;
  readonly exit: ContainerExit | undefined;
};

/** Every container but those whose record is damaged, oldest first, held against the kernel's own view. Takes no lock. */
export function summarizeContainers(engine: Engine): ContainerSummary[] {
  const records = listSoundContainers(engine.store);
  if (records.length === 0) return [];
  const states = listStates(engine.live);
  return records.map((record) => summarize(engine, record, states.get(record.id)));
}

/** One container's summary. */
export function summarize(
  engine: Engine,
  record: ContainerRecord,
  state: ContainerState | undefined,
): ContainerSummary {
  const observed =
    state === undefined ? { status: "created" as const, state, exit: undefined } : observe(engine, record, state);
  // After a reboot nothing volatile is left; how the last run ended is.
  const last = observed.status === "created" ? loadExit(engine.store, record.id) : undefined;
  if (last !== undefined && state?.status !== "starting") return { record, state, status: "exited", exit: last };
  return { record, ...observed };
}
