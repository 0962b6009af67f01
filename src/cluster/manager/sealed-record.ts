import type { Vault } from "../trust/vault.ts";
import type { ClusterRecord } from "./cluster-record.ts";

/** What the store has of the cluster's record: its keys and tokens are encrypted. */
export type StoredCluster = Omit<ClusterRecord, "authority" | "rotation" | "tokens" | "unlockKey"> & {
  readonly authority: { readonly cert: string };
  readonly rotation?: { readonly authority: { readonly cert: string }; readonly crossSigned: string };
  readonly sealed: string;
};

type Hidden = Pick<ClusterRecord, "tokens" | "unlockKey"> & { readonly key: string; readonly nextKey?: string };

export function sealRecord(
  vault: Vault,
  { authority, rotation, tokens, unlockKey, ...open }: ClusterRecord,
): StoredCluster {
  const hidden: Hidden = {
    key: authority.key,
    tokens,
    ...(rotation === undefined ? {} : { nextKey: rotation.authority.key }),
    ...(unlockKey === undefined ? {} : { unlockKey }),
  };
  const next =
    rotation === undefined
      ? {}
      : { rotation: { authority: { cert: rotation.authority.cert }, crossSigned: rotation.crossSigned } };
  const sealed = vault.seal(sealedAs(open), Buffer.from(JSON.stringify(hidden)));
  return { ...open, authority: { cert: authority.cert }, ...next, sealed };
}

/** Throws `unavailable` where this manager does not have the key, `corrupt` where it has another one. */
export function openRecord(vault: Vault, { sealed, authority, rotation, ...open }: StoredCluster): ClusterRecord {
  const { key, nextKey = "", ...hidden } = JSON.parse(vault.open(sealedAs(open), sealed).toString()) as Hidden;
  const next =
    rotation === undefined ? {} : { rotation: { ...rotation, authority: { ...rotation.authority, key: nextKey } } };
  return { ...open, ...hidden, ...next, authority: { ...authority, key } };
}

function sealedAs({ id }: Pick<ClusterRecord, "id">): string {
  return `cluster/${id}`;
}
