import { EstibaError } from "../../lib/error.ts";
import type { Role } from "../model/node.ts";
import { digestOfRoot, makeAuthority } from "../trust/authority.ts";
import type { Roots } from "../trust/rotation.ts";
import { newToken } from "../trust/token.ts";
import { KEYS } from "./keys.ts";
import { type Manager, putOf, write } from "./manager.ts";

/** What is the same for all nodes. */
export type ClusterRecord = Roots & {
  readonly id: string;
  readonly createdAt: number;
  /** By the role that they give. */
  readonly tokens: Readonly<Record<Role, string>>;
  /** Whom nodes were to trust before the last change: those that have not heard of it do. */
  readonly formerTrust?: string;
  /** How often the root was replaced because somebody has said so: Docker's counter. */
  readonly forceRotate?: number;
  /** How long certificates of nodes are good for, where that was chosen. */
  readonly certExpiryMs?: number;
};

/** The cluster's record; made by the first leader. */
export async function ensureCluster(manager: Manager, id: string): Promise<ClusterRecord> {
  const known = manager.replica.cluster();
  if (known !== undefined) return known;
  const now = manager.now();
  const authority = await makeAuthority(now);
  const record: ClusterRecord = { id, createdAt: now, authority, tokens: newTokens(authority.cert) };
  await changeCluster(manager, () => record);
  return record;
}

/** What machines join by, from now on: they pin the root. */
export function newTokens(root: string): ClusterRecord["tokens"] {
  const digest = digestOfRoot(root);
  return { worker: newToken(digest), manager: newToken(digest) };
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
  const made: { token?: string } = {};
  await changeCluster(manager, () => {
    const record = requireCluster(manager);
    made.token = newToken(digestOfRoot(record.authority.cert));
    return { ...record, tokens: { ...record.tokens, [role]: made.token } };
  });
  return made.token ?? "";
}

/** Writes the record down as `change` makes it of what is known at this moment. */
export async function changeCluster(manager: Manager, change: () => ClusterRecord): Promise<void> {
  await write(manager, () => {
    const { compare, operation } = putOf(manager.replica, KEYS.cluster, change());
    return { compares: [compare], operations: [operation] };
  });
}
