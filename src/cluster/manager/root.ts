import { EstibaError, isEstibaError } from "../../lib/error.ts";
import type { Node } from "../model/node.ts";
import { crossSign, type KeyPair, makeAuthority } from "../trust/authority.ts";
import { givenRoot, sameRoot } from "../trust/given-root.ts";
import { trustMark, trustOf } from "../trust/rotation.ts";
import { type ClusterRecord, changeCluster, newTokens, requireCluster } from "./cluster-record.ts";
import { trustKey } from "./keys.ts";
import { type Manager, putOf, write } from "./manager.ts";

/** Docker's, too. */
const LEAST_EXPIRY_MS = 3_600_000;
const ATTEMPTS = 5;

/** What certificates of nodes are made with from now on. */
export type RootChange = {
  /** The root that is to take the place of the present one; `new` makes one. */
  readonly root?: KeyPair | "new" | undefined;
  readonly forceRotate?: number | undefined;
  readonly certExpiryMs?: number | undefined;
};

/**
 * Begins to replace the root: it is done when every node has a certificate of the new one ({@link finishRotation}); begun anew on the way, the
 * next one takes that one's place. The present root given again ends it. Throws `invalid` for what cannot be a root.
 */
export async function changeRoot(manager: Manager, { root, ...settings }: RootChange): Promise<void> {
  const { certExpiryMs } = settings;
  if (certExpiryMs !== undefined && certExpiryMs < LEAST_EXPIRY_MS) throw tooShort();
  const now = manager.now();
  const authority = root === "new" ? await makeAuthority(now) : root && (await givenRoot(root, now));
  for (let attempt = 1; ; attempt++) {
    try {
      return await tryChange(manager, authority, settings);
    } catch (error) {
      // The present root has just become another one: that one is to vouch for the next.
      if (!isEstibaError(error) || error.reason !== "cluster.root_changed" || attempt === ATTEMPTS) throw error;
    }
  }
}

async function tryChange(
  manager: Manager,
  authority: KeyPair | undefined,
  { forceRotate, certExpiryMs }: Omit<RootChange, "root">,
): Promise<void> {
  const before = requireCluster(manager);
  const crossSigned = authority === undefined ? "" : await crossSign(before.authority, authority);
  await changeCluster(manager, () => {
    const record = requireCluster(manager);
    const settings = {
      ...(forceRotate === undefined ? {} : { forceRotate }),
      ...(certExpiryMs === undefined ? {} : { certExpiryMs }),
    };
    if (authority === undefined) return { ...record, ...settings };
    if (record.authority.cert !== before.authority.cert) throw changedMeanwhile();
    const rotated = { forceRotate: (record.forceRotate ?? 0) + 1, ...settings };
    return { ...withRoot(record, authority, crossSigned), ...rotated };
  });
}

function withRoot(record: ClusterRecord, authority: KeyPair, crossSigned: string): ClusterRecord {
  const { rotation, ...rest } = record;
  if (rotation !== undefined && sameRoot(rotation.authority.cert, authority.cert)) return record;
  if (!sameRoot(record.authority.cert, authority.cert))
    return { ...rest, formerTrust: trustOf(record), rotation: { authority, crossSigned } };
  return rotation === undefined ? record : { ...rest, formerTrust: trustOf(record) };
}

/** Makes the new root the only one as soon as every node trusts it, and has a certificate of it; tokens are others then. */
export async function finishRotation(manager: Manager): Promise<void> {
  if (!isReady(manager)) return;
  await changeCluster(manager, () => {
    const record = requireCluster(manager);
    const { rotation, ...rest } = record;
    if (rotation === undefined || !isReady(manager)) return record;
    const { authority } = rotation;
    return { ...rest, authority, formerTrust: trustOf(record), tokens: newTokens(authority.cert) };
  });
}

function isReady({ replica }: Manager): boolean {
  const record = replica.cluster();
  if (record?.rotation === undefined) return false;
  const mark = trustMark(trustOf(record));
  return [...replica.nodes.values()].every(({ id }) => replica.trusts.get(id) === mark);
}

/** Writes down whom a node has told that it trusts. */
export async function noteTrust(manager: Manager, id: Node["id"], mark: string | undefined): Promise<void> {
  const { replica } = manager;
  if (mark === undefined || replica.trusts.get(id) === mark || !replica.nodes.has(id)) return;
  await write(manager, () => {
    const { compare, operation } = putOf(replica, trustKey(id), mark);
    return { compares: [compare], operations: [operation] };
  });
}

function tooShort(): EstibaError {
  return new EstibaError("invalid", {
    reason: "cluster.bad_expiry",
    what: "certificates of nodes are good for one hour at least",
    fix: "give a longer time, such as 720h",
  });
}

function changedMeanwhile(): EstibaError {
  return new EstibaError("conflict", {
    reason: "cluster.root_changed",
    what: "the root has become another one meanwhile",
    fix: "look at it, then try again: estiba swarm ca",
    retryable: true,
  });
}
