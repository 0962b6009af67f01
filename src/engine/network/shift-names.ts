import { findContainer, getState, replaceDefinition } from "../../state/containers.ts";
import { transaction } from "../../state/database.ts";
import type { Engine } from "../engine.ts";
import { lockContainer } from "../locks.ts";
import { writeNames } from "../names/files.ts";
import { hasProcess, observe } from "../status.ts";

type Shift = {
  /** The container that has held its names back until now. */
  readonly into: string;
  /** The one by whose names it is found from now on; that one answers to its id only. */
  readonly outOf: string;
};

/**
 * Moves names, aliases and host name of a container to another one, in one step: every question finds one of them. Gives whether there was
 * anybody to be told. Throws `not_found`.
 */
export async function shiftNames(engine: Engine, { into, outOf }: Shift): Promise<boolean> {
  const { id } = findContainer(engine.store, into);
  using _lock = await lockContainer(engine, id);
  const { standbyNames: _standby, ...spec } = findContainer(engine.store, id).spec;
  const record = { ...findContainer(engine.store, id), spec };
  transaction(engine.store, () => replaceDefinition(engine.store, record));
  const { endpoints } = getState(engine.live, id) ?? {};
  if (endpoints === undefined || !hasProcess(observe(engine, record))) return false;
  return writeNames(engine, record, endpoints, findContainer(engine.store, outOf));
}
