import { EstibaError } from "../../lib/error.ts";
import type { Role } from "../model/node.ts";
import { digestOfRoot, type KeyPair, makeAuthority } from "../trust/authority.ts";
import { newToken } from "../trust/token.ts";
import { KEYS } from "./keys.ts";
import { type Manager, putOf, write } from "./manager.ts";

/** What is the same for all nodes. */
export type ClusterRecord = {
  readonly id: string;
  readonly createdAt: number;
  readonly authority: KeyPair;
  /** By the role that they give. */
  readonly tokens: Readonly<Record<Role, string>>;
};

/** The cluster's record; made by the first leader. */
export async function ensureCluster(manager: Manager, id: string): Promise<ClusterRecord> {
  const known = manager.replica.cluster();
  if (known !== undefined) return known;
  const now = manager.now();
  const authority = await makeAuthority(now);
  const digest = digestOfRoot(authority.cert);
  const tokens = { worker: newToken(digest), manager: newToken(digest) };
  const record: ClusterRecord = { id, createdAt: now, authority, tokens };
  await putCluster(manager, record);
  return record;
}

/** Throws `unavailable` before there is a leader. */
export function requireCluster({ replica }: Pick<Manager, "replica">): ClusterRecord {
  const record = replica.cluster();
  if (record !== undefined) return record;
  throw new EstibaError("unavailable", {
    reason: "cluster.no_leader",
    what: "no manager has led the cluster yet",
    fix: "try it again in a few seconds",
    retryable: true,
  });
}

/** Gives the cluster another token for a role: nodes that are there stay, and nobody comes by the old one any more. */
export async function rotateToken(manager: Manager, role: Role): Promise<string> {
  const record = requireCluster(manager);
  const token = newToken(digestOfRoot(record.authority.cert));
  await putCluster(manager, { ...record, tokens: { ...record.tokens, [role]: token } });
  return token;
}

async function putCluster(manager: Manager, record: ClusterRecord): Promise<void> {
  await write(manager, () => {
    const { compare, operation } = putOf(manager.replica, KEYS.cluster, record);
    return { compares: [compare], operations: [operation] };
  });
}
