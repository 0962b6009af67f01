import { tryLock } from "../../state/lock.ts";
import { deleteSecret, listSecretVersions } from "../../state/secrets.ts";
import { listSecretFiles, removeSecretFile } from "../../storage/secret-file.ts";
import type { Engine } from "../engine.ts";
import { secretsLock } from "../secret/create.ts";
import { usesOf } from "../secret/remove.ts";
import type { Finding } from "./finding.ts";
import { lasting } from "./lasting.ts";

/** The data of one that is just being removed goes after its record. */
const LOOKS = 10;

/** Data that no secret names, secrets whose data is gone, and versions without a name that no container has. */
export async function checkSecrets(engine: Engine): Promise<Finding[]> {
  return await lasting(LOOKS, () => lookOnce(engine));
}

function lookOnce(engine: Engine): Finding[] {
  const { secrets: folder } = engine.paths;
  // Listed first: data is deleted after its record.
  const files = listSecretFiles(folder);
  const versions = listSecretVersions(engine.store);
  if (files.length === 0 && versions.length === 0) return [];
  // Whoever makes a secret holds this from its file to its record.
  using lock = tryLock(secretsLock(engine));
  const known = new Set(listSecretVersions(engine.store).map(({ id }) => id));
  const there = new Set(listSecretFiles(folder));
  const used = usesOf(engine.store);
  return [
    ...files
      .filter((id) => lock !== undefined && !known.has(id) && there.has(id))
      .map((id) => ({
        kind: "secret",
        what: `the data ${id} of a secret that was made or removed, but not to the end`,
        repair: () => removeSecretFile(folder, id),
      })),
    ...versions
      .filter(({ id }) => known.has(id) && !there.has(id))
      .map(({ id, name }) => ({
        kind: "secret",
        what: `the data of the secret ${name ?? id} is gone: remove and create it again, and the containers that have it`,
        repair: undefined,
      })),
    ...versions
      .filter(({ id, name }) => name === undefined && known.has(id) && !used.has(id))
      .map(({ id }) => ({
        kind: "secret",
        what: `the secret ${id}, which has no name and is no container's`,
        repair: () => {
          deleteSecret(engine.store, id);
          removeSecretFile(folder, id);
        },
      })),
  ];
}
