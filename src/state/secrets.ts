import type { Database } from "bun:sqlite";
import { EstibaError } from "../lib/error.ts";
import { isIdPrefix, type Kind, onlyOne } from "./look-up.ts";

/** What is known of a secret; its data lies in a file of its own (storage/secret-file.ts). One record is one version of it. */
export type SecretRecord = {
  /** 25 hex digits, as Podman's. */
  readonly id: string;
  /** Undefined: its name means another version by now, or nothing; the containers that have this one keep it. */
  readonly name?: string;
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
  readonly updatedAt: number;
  readonly labels: Readonly<Record<string, string>>;
};

/** One that can be found by its name. */
export type NamedSecret = SecretRecord & { readonly name: string };

type Row = { id: string; name: string | null; definition: string };

/** Throws `conflict` for a name in use. Joins the caller's transaction. */
export function insertSecret(store: Database, { id, name, ...definition }: NamedSecret): void {
  if (secretByName(store, name) !== undefined) {
    throw new EstibaError("conflict", {
      reason: "secret.name_in_use",
      what: `${name}: secret name in use`,
      fix: "choose another name, or add --replace",
    });
  }
  store.run("INSERT INTO secret (id, name, definition) VALUES (?, ?, ?)", [id, name, JSON.stringify(definition)]);
}

/** The version of this id, whether or not it still has a name. */
export function secretById(store: Database, id: string): SecretRecord | undefined {
  const row = store.query<Row, [string]>("SELECT * FROM secret WHERE id = ?").get(id);
  return row === null ? undefined : recordOf(row);
}

export function secretByName(store: Database, name: string): NamedSecret | undefined {
  const row = store.query<Row, [string]>("SELECT * FROM secret WHERE name = ?").get(name);
  return row === null ? undefined : { ...recordOf(row), name };
}

/** Every version, those without a name among them, by name. */
export function listSecretVersions(store: Database): SecretRecord[] {
  return store.query<Row, []>("SELECT * FROM secret ORDER BY name, id").all().map(recordOf);
}

/** Every secret that has a name, by name. */
export function listSecrets(store: Database): NamedSecret[] {
  return listSecretVersions(store).flatMap((secret) =>
    secret.name === undefined ? [] : { ...secret, name: secret.name },
  );
}

const KIND: Kind = {
  noun: "secret",
  list: "estiba secret ls",
  by: "id",
  ambiguous: { reason: "secret.ambiguous_id" },
  unknown: { reason: "secret.unknown", what: (text) => `no secret with name or id "${text}": no such secret` },
};

/** The secret of this name or id, or the only one whose id begins so. Throws `not_found`, and `invalid` for a beginning of several ids. */
export function findSecret(store: Database, nameOrId: string): NamedSecret {
  const named = secretByName(store, nameOrId);
  if (named !== undefined) return named;
  const all = listSecrets(store);
  const fitting = isIdPrefix(nameOrId) ? all.filter(({ id }) => id.startsWith(nameOrId)) : [];
  return onlyOne(KIND, nameOrId, fitting, () => all.map(({ name }) => name));
}

/** Takes its name away: nobody finds this version any more but those who have it. Joins the caller's transaction. */
export function retireSecret(store: Database, id: string): void {
  store.run("UPDATE secret SET name = NULL WHERE id = ?", [id]);
}

/** Forgets the version; its data is the caller's to delete afterwards. Joins the caller's transaction. */
export function deleteSecret(store: Database, id: string): void {
  store.run("DELETE FROM secret WHERE id = ?", [id]);
}

function recordOf({ id, name, definition }: Row): SecretRecord {
  return { ...(JSON.parse(definition) as Omit<SecretRecord, "id" | "name">), id, ...(name === null ? {} : { name }) };
}
