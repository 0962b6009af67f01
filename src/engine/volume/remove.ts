import { join } from "node:path";
import { EstibaError, isEstibaError } from "../../lib/error.ts";
import type { ContainerRecord } from "../../state/container.ts";
import { transaction } from "../../state/database.ts";
import { condemnVolume, findVolume, listCondemned } from "../../state/volumes.ts";
import { removeCondemned } from "../discard.ts";
import type { Engine } from "../engine.ts";
import { isHeldForNow } from "../held.ts";
import { removeContainer } from "../remove.ts";
import { lockVolume, usersOf } from "./device.ts";

type RemoveOptions = {
  /** Remove the containers that use it first. */
  readonly force: boolean;
  /** Seconds for those to stop; undefined kills them. */
  readonly timeoutSeconds?: number | undefined;
};

/**
 * Removes a volume with its data; a device is unmounted, what is on it stays. One whose removal was cut off is removed to the end. Throws
 * `not_found`, and `in_use` while a container has it, running or not, or a command copies into it or out of it.
 */
export async function removeVolume(engine: Engine, nameOrPrefix: string, options: RemoveOptions): Promise<string> {
  const name = nameOf(engine, nameOrPrefix);
  if (options.force) {
    for (const { id } of usersOf(engine, name)) await removeUser(engine, id, options.timeoutSeconds);
  }
  using lock = await lockVolume(engine, name);
  transaction(engine.store, () => {
    const users = usersOf(engine, name);
    if (users.length > 0) throw inUse(name, users);
    if (isHeldForNow(join(engine.paths.volumes, name))) throw beingCopied(name);
    condemnVolume(engine.store, name, "");
  });
  await removeCondemned(engine, name);
  lock.discard();
  return name;
}

function nameOf(engine: Engine, nameOrPrefix: string): string {
  const begun = listCondemned(engine.store).find(({ name }) => name === nameOrPrefix);
  return begun?.name ?? findVolume(engine.store, nameOrPrefix).name;
}

async function removeUser(engine: Engine, id: string, timeoutSeconds: number | undefined): Promise<void> {
  try {
    await removeContainer(engine, id, { force: true, volumes: false, timeoutSeconds });
  } catch (error) {
    if (!isEstibaError(error, "not_found")) throw error;
  }
}

function inUse(name: string, users: readonly ContainerRecord[]): EstibaError {
  const ids = users.map(({ id }) => id);
  return new EstibaError("in_use", {
    reason: "volume.in_use",
    what: `volume ${name} is being used by the following container(s): ${ids.join(", ")}: volume is being used`,
    fix: "remove the containers first, or use --force to remove them with it",
    details: { containers: ids },
  });
}

function beingCopied(name: string): EstibaError {
  return new EstibaError("in_use", {
    reason: "volume.being_copied",
    what: `another command copies into volume ${name}, or out of it: volume is being used`,
    fix: "wait for its end, then try again",
    retryable: true,
    details: { volume: name },
  });
}
