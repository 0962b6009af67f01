import type { Database } from "bun:sqlite";
import type { ContainerRecord } from "../../state/container.ts";
import { listContainers } from "../../state/containers.ts";
import { transaction } from "../../state/database.ts";
import { deleteSecret, findSecret, retireSecret, secretById } from "../../state/secrets.ts";
import { removeSecretFile } from "../../storage/secret-file.ts";
import { emitEvent } from "../emit-event.ts";
import type { Engine } from "../engine.ts";

/**
 * Removes a secret by name, id or beginning of an id; gives its id. Containers that have it keep it, as with Podman, and its data goes
 * with the last of them. Throws `not_found`.
 */
export function removeSecret(engine: Engine, nameOrId: string): string {
  const { secret, freed } = transaction(engine.store, () => {
    const found = findSecret(engine.store, nameOrId);
    return { secret: found, freed: dropName(engine.store, found.id) };
  });
  if (freed) removeSecretFile(engine.paths.secrets, secret.id);
  emitEvent(engine, { type: "secret", action: "remove", id: secret.id, name: secret.name, labels: secret.labels });
  return secret.id;
}

/** Takes a version's name away; true when nobody has it, and it is forgotten: its data is the caller's to delete after the commit. */
export function dropName(store: Database, id: string): boolean {
  if (usesOf(store).has(id)) {
    retireSecret(store, id);
    return false;
  }
  deleteSecret(store, id);
  return true;
}

/**
 * Forgets the versions without a name that only this container had, and gives their ids; the data is the caller's to delete after the
 * commit. The container's own record is gone. Joins the caller's transaction.
 */
export function forgetSecretsOf(store: Database, { spec }: ContainerRecord): string[] {
  const retired = retiredOf(store, spec);
  const used = retired.length === 0 ? new Set() : usesOf(store);
  const freed = retired.filter((id) => !used.has(id));
  for (const id of freed) deleteSecret(store, id);
  return freed;
}

/** The versions without a name that a container has. */
export function retiredOf(store: Database, { secrets = [] }: Pick<ContainerRecord["spec"], "secrets">): string[] {
  const ids = new Set(secrets.flatMap(({ id }) => id ?? []));
  return [...ids].filter((id) => {
    const secret = secretById(store, id);
    return secret !== undefined && secret.name === undefined;
  });
}

/** The ids of all versions that containers have. */
export function usesOf(store: Database): Set<string> {
  return new Set(listContainers(store).flatMap(({ spec }) => (spec.secrets ?? []).flatMap(({ id }) => id ?? [])));
}
