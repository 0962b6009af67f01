import type { ContainerRecord } from "../../state/container.ts";
import { findContainer, getContainer, getState, replaceDefinition } from "../../state/containers.ts";
import { transaction } from "../../state/database.ts";
import type { Engine } from "../engine.ts";
import { lockContainer } from "../locks.ts";
import { writeNames } from "../names/files.ts";
import { hasProcess, observe } from "../status.ts";
import { attachmentsOf } from "./attachments.ts";

type Shift = {
  /** The container that has held its names, and addresses that its definition fixes, back until now. */
  readonly into: string;
  /** The one by whose names it is found from now on; that one answers to its id only. */
  readonly outOf: string;
};

/**
 * Lays down what {@link shiftNames} needs where addresses are fixed; before that nothing is different for anybody. Idempotent. Throws
 * `not_found`, `in_use` where a third container has an address, `exhausted` where no other one is free for the one that loses its own.
 */
export async function prepareShift(engine: Engine, shift: Shift): Promise<void> {
  const [into, outOf] = [findContainer(engine.store, shift.into), findContainer(engine.store, shift.outOf)];
  if (!fixesAddresses(into)) return;
  await using _locks = await lockBoth(engine, [into, outOf]);
  (await import("./shift-addresses.ts")).prepareAddresses(engine, { into, outOf });
}

/**
 * Moves names, aliases and host name of a container to another one, in one step: every question finds one of them. So are addresses that
 * its definition fixes, when that was prepared; connections that the other one has go on with it. Gives whether there was anybody to be
 * told of names. Idempotent. Throws `not_found`.
 */
export async function shiftNames(engine: Engine, shift: Shift): Promise<boolean> {
  const [{ id }, other] = [findContainer(engine.store, shift.into), findContainer(engine.store, shift.outOf)];
  await using _locks = await lockBoth(engine, [{ id }, other]);
  const { standbyNames: _standby, ...spec } = findContainer(engine.store, id).spec;
  const record = { ...findContainer(engine.store, id), spec };
  transaction(engine.store, () => replaceDefinition(engine.store, record));
  const { endpoints } = getState(engine.live, id) ?? {};
  if (endpoints === undefined || !hasProcess(observe(engine, record))) return false;
  const outOf = findContainer(engine.store, other.id);
  if (!fixesAddresses(record)) return writeNames(engine, record, endpoints, outOf);
  const { shiftAddresses } = await import("./shift-addresses.ts");
  return writeNames(engine, record, shiftAddresses(engine, { into: record, outOf }), outOf);
}

/** Takes away what a shift of addresses has laid down, when the other container has ended. Idempotent. */
export async function finishShift(engine: Engine, into: string): Promise<void> {
  const record = getContainer(engine.store, into);
  if (record === undefined || !fixesAddresses(record)) return;
  await using _locks = await lockBoth(engine, [record]);
  (await import("./shift-addresses.ts")).finishAddresses(engine, record);
}

function fixesAddresses(record: ContainerRecord): boolean {
  return attachmentsOf(record).some(({ ipv4, ipv6, mac }) => (ipv4 ?? ipv6 ?? mac) !== undefined);
}

// In one order, or two shifts would wait for each other.
async function lockBoth(engine: Engine, records: readonly { readonly id: string }[]): Promise<AsyncDisposableStack> {
  const locks = new AsyncDisposableStack();
  for (const id of records.map((record) => record.id).toSorted()) locks.use(await lockContainer(engine, id));
  return locks;
}
