import type { Database } from "bun:sqlite";
import { readFileSync } from "node:fs";
import { EstibaError } from "../../lib/error.ts";
import type { ContainerRecord, ContainerSpec } from "../../state/container.ts";
import { findSecret, secretById } from "../../state/secrets.ts";
import type { SecretUse } from "../../state/spec/secrets.ts";
import { readSecretFile } from "../../storage/secret-file.ts";
import type { Engine } from "../engine.ts";

/** The spec with the versions of its secrets looked up: a container keeps those it was created with. Throws `not_found`. */
export function resolveSecrets(engine: Engine, spec: ContainerSpec): ContainerSpec {
  if (spec.secrets === undefined) return spec;
  const secrets = spec.secrets.map((use): SecretUse => {
    if (use.from !== undefined) return use;
    // A clone has the versions of its original.
    const known = use.id === undefined ? undefined : secretById(engine.store, use.id);
    return { ...use, id: known?.id ?? findSecret(engine.store, use.secret).id };
  });
  return { ...spec, secrets };
}

/** Throws `not_found` for one that was removed since it was looked up. Joins the caller's transaction. */
export function requireSecrets(store: Database, { spec }: ContainerRecord): void {
  for (const { secret, id, from } of spec.secrets ?? []) {
    if (from !== undefined) continue;
    if (id !== undefined && secretById(store, id) !== undefined) continue;
    throw new EstibaError("not_found", {
      reason: "secret.removed_meanwhile",
      what: `the secret "${secret}" was removed meanwhile`,
      fix: "create it again",
      retryable: true,
    });
  }
}

/** `KEY=VALUE` of the secrets that a container's command gets as variables. Throws `corrupt`, and `invalid` for data with a NUL byte. */
export function secretVariables(engine: Engine, { spec }: ContainerRecord): string[] {
  return (spec.secrets ?? []).flatMap((use) => {
    if (use.type !== "env") return [];
    const data = secretData(engine, use);
    if (data.includes(0)) throw holdsNul(use.secret);
    return [`${use.variable}=${data.toString("utf8")}`];
  });
}

/** The data of a secret that a container has. Throws `corrupt`. */
export function secretData(engine: Engine, { secret, id, from }: SecretUse): Buffer {
  if (from !== undefined) return readFileSync(from);
  const data = id === undefined ? undefined : readSecretFile(engine.paths.secrets, id);
  if (data === undefined) throw dataMissing(secret);
  return data;
}

export function dataMissing(secret: string): EstibaError {
  return new EstibaError("corrupt", {
    reason: "secret.data_missing",
    what: `the data of the secret "${secret}" is gone from the disk`,
    fix: `remove it (estiba secret rm ${secret}), create it again, and so the containers that have it`,
  });
}

function holdsNul(secret: string): EstibaError {
  return new EstibaError("invalid", {
    reason: "secret.nul_in_variable",
    what: `the secret "${secret}" holds a NUL byte, which no variable can`,
    fix: `have it as a file: --secret ${secret}`,
  });
}
