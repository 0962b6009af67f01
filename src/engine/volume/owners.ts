import { chmodSync, lchownSync, lstatSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { hostId, ID_END, type IdMaps, type IdRange } from "../../host/user-namespace.ts";
import { EstibaError } from "../../lib/error.ts";
import type { IdMapRange, MountIdMap } from "../../state/spec/id-map.ts";
import type { MountContext } from "../volumes.ts";

/**
 * The mapping by which the owner of `source` appears as the container's user, and that user as the owner; all others stay who they are.
 * What the user makes there belongs to the owner on disk. Undefined where they are the same.
 */
export function ownerMap(source: string, context: Pick<MountContext, "user" | "idMaps">): IdMaps | undefined {
  const { uid, gid } = hostUser(context);
  const owner = statSync(source);
  if (owner.uid === uid && owner.gid === gid) return undefined;
  return { uids: swap(owner.uid, uid), gids: swap(owner.gid, gid) };
}

/** The ids on the host of the user that the container's process is. */
export function hostUser({ user, idMaps }: Pick<MountContext, "user" | "idMaps">): { uid: number; gid: number } {
  const { uid, gid } = user();
  return { uid: toHost(idMaps?.uids, uid), gid: toHost(idMaps?.gids, gid) };
}

/** The mapping that an idmap asks for. Throws `invalid` where it needs a user namespace and the container has the host's. */
export function resolveIdMap(map: MountIdMap, container: IdMaps | undefined, source: string): IdMaps {
  if (map !== "container") {
    return {
      uids: map.uids.map((range) => absolute(range, container?.uids)),
      gids: map.gids.map((range) => absolute(range, container?.gids)),
    };
  }
  if (container !== undefined) return container;
  throw new EstibaError("invalid", {
    reason: "container.idmap_without_userns",
    what: `the idmap of "${source}" names no ids, and the container has no user namespace whose mapping it could take`,
    fix: 'add --userns, or name the ids: "idmap=uids=0-1000-1;gids=0-1000-1"',
  });
}

/** Gives a file or folder an owner, and the mode where one is named; with `recursive` all below it. Links are not followed. */
export function changeOwners(
  path: string,
  owner: { uid: number; gid: number; mode?: number },
  options: { recursive?: boolean } = {},
): void {
  const status = lstatSync(path);
  if (status.uid !== owner.uid || status.gid !== owner.gid) lchownSync(path, owner.uid, owner.gid);
  if (owner.mode !== undefined) chmodSync(path, owner.mode);
  if (options.recursive !== true || !status.isDirectory()) return;
  for (const name of readdirSync(path)) changeOwners(join(path, name), owner, options);
}

function absolute({ from, to, size, relative }: IdMapRange, container: readonly IdRange[] | undefined): IdRange {
  return { inside: from, outside: relative ? toHost(container, to) : to, size };
}

function toHost(ranges: readonly IdRange[] | undefined, id: number): number {
  return ranges === undefined ? id : hostId(ranges, id);
}

/** All ids, each its own but for these two, which change places. */
function swap(a: number, b: number): IdRange[] {
  if (a === b) return [{ inside: 0, outside: 0, size: ID_END }];
  const [low, high] = a < b ? [a, b] : [b, a];
  return [
    { inside: 0, outside: 0, size: low },
    { inside: low, outside: high, size: 1 },
    { inside: low + 1, outside: low + 1, size: high - low - 1 },
    { inside: high, outside: low, size: 1 },
    { inside: high + 1, outside: high + 1, size: ID_END - high - 1 },
  ].filter(({ size }) => size > 0);
}
