import type { ContainerRecord } from "../state/container.ts";
import { deleteContainer, deleteState, isNamedByAnother } from "../state/containers.ts";
import { fleetingTransaction, transaction } from "../state/database.ts";
import { condemnVolume, deleteVolume } from "../state/volumes.ts";
import { removeSecretFile } from "../storage/secret-file.ts";
import { removeSnapshot } from "../storage/snapshot.ts";
import { emitContainerEvent, emitEvent } from "./emit-event.ts";
import type { Engine } from "./engine.ts";
import { forgetSecretsOf, retiredOf } from "./secret/remove.ts";

type DiscardOptions = { readonly keepVolumes?: boolean };

/**
 * Forgets a container that does not run, then frees what it had on disk: its snapshot and log, and its anonymous volumes unless
 * `keepVolumes`. Forgotten first: a crash in between leaks disk, never truth. The caller holds its lock. Idempotent.
 */
export async function discardContainer(
  engine: Engine,
  record: ContainerRecord,
  options: DiscardOptions = {},
): Promise<void> {
  const volumes = options.keepVolumes === true ? [] : anonymousVolumes(engine, record);
  const lastOfSecrets = record.spec.secrets !== undefined && retiredOf(engine.store, record.spec).length > 0;
  const survived = !record.spec.autoRemove || volumes.length > 0 || lastOfSecrets;
  const secrets = (survived ? transaction : fleetingTransaction)(engine.store, () => {
    deleteContainer(engine.store, record.id);
    for (const name of volumes) condemnVolume(engine.store, name, record.id);
    return forgetSecretsOf(engine.store, record);
  });
  deleteState(engine.live, record.id);
  emitContainerEvent(engine, record, "remove");
  removeSnapshot(engine.paths.root, record.id);
  for (const name of volumes) await removeCondemned(engine, name);
  for (const id of secrets) removeSecretFile(engine.paths.secrets, id);
}

/** Deletes the data of a condemned volume, then forgets it. The other way round, an interruption would leave data that nobody may touch. */
export async function removeCondemned(engine: Engine, name: string): Promise<void> {
  const { removeVolumeFolder } = await import("../storage/volume.ts");
  removeVolumeFolder(engine.paths.root, name);
  fleetingTransaction(engine.store, () => deleteVolume(engine.store, name));
  emitEvent(engine, { type: "volume", action: "remove", id: name, name });
}

// Another container may use the volume by name; then it stays.
function anonymousVolumes(engine: Engine, record: ContainerRecord): string[] {
  const own = record.volumes.filter(({ anonymous }) => anonymous).map(({ name }) => name);
  if (own.length === 0) return own;
  return own.filter((name) => !isNamedByAnother(engine.store, record.id, name));
}
