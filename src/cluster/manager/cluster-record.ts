import { EstibaError } from "../../lib/error.ts";
import type { Role } from "../model/node.ts";
import { digestOfRoot, makeAuthority } from "../trust/authority.ts";
import type { Roots } from "../trust/rotation.ts";
import { newToken } from "../trust/token.ts";
import { KEYS } from "./keys.ts";
import { type Manager, putOf, write } from "./manager.ts";
import { openRecord, sealRecord } from "./sealed-record.ts";

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
  /** What managers' keys are encrypted with, where they are locked when their processes begin. */
  readonly unlockKey?: string;
};

/** Makes the cluster's record, where there is none: the first leader does. */
export async function ensureCluster(manager: Manager, id: string): Promise<void> {
  if (manager.replica.cluster() !== undefined) return;
  const now = manager.now();
  const authority = await makeAuthority(now);
  const record: ClusterRecord = { id, createdAt: now, authority, tokens: newTokens(authority.cert) };
  await changeCluster(manager, () => record);
}

/** What machines join by, from now on: they pin the root. */
export function newTokens(root: string): ClusterRecord["tokens"] {
  const digest = digestOfRoot(root);
  return { worker: newToken(digest), manager: newToken(digest) };
}

/** Who knows the cluster's record, and can read it. */
type Knowing = Pick<Manager, "vault"> & { readonly replica: Pick<Manager["replica"], "cluster"> };

/** Throws `unavailable` before there is a leader, and without the key that keys are encrypted with. */
export function requireCluster({ replica, vault }: Knowing): ClusterRecord {
  const stored = replica.cluster();
  if (stored !== undefined) return openRecord(vault, stored);
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
    const { compare, operation } = putOf(manager.replica, KEYS.cluster, sealRecord(manager.vault, change()));
    return { compares: [compare], operations: [operation] };
  });
}
