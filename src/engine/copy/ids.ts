import { asFsUser } from "../../host/fs-user.ts";
import { containerId, hostId, type IdMaps } from "../../host/user-namespace.ts";
import type { TarEntry } from "../../storage/tar/entry.ts";

/** Whose files a side has. */
export type Owners = {
  /** Whose what comes in becomes, by the host's ids: the caller on the host, the container's user. */
  readonly owner: { readonly uid: number; readonly gid: number };
  /** The mapping by which the side's files show their owners; undefined where ids are the same. */
  readonly idMaps?: IdMaps | undefined;
};

type Change = (entry: TarEntry) => TarEntry;

/** The ids of an archive that is made on this side: a container's own. */
export function idsOut({ idMaps }: Owners): { change?: Change } {
  if (idMaps === undefined) return {};
  const { uids, gids } = idMaps;
  return { change: (entry) => ({ ...entry, uid: containerId(uids, entry.uid), gid: containerId(gids, entry.gid) }) };
}

/** How an archive is unpacked on this side: everything given to its owner, or with the ids that it has. */
export function idsIn({ owner, idMaps }: Owners, give: boolean): { change?: Change; as?: (work: () => void) => void } {
  const as = idMaps === undefined ? {} : { as: asRootOf(idMaps) };
  if (give) return { ...as, change: (entry) => ({ ...entry, ...owner }) };
  if (idMaps === undefined) return as;
  const { uids, gids } = idMaps;
  return { ...as, change: (entry) => ({ ...entry, uid: hostId(uids, entry.uid), gid: hostId(gids, entry.gid) }) };
}

// Where owners are mapped, the host's root has no place: nothing can be made by him.
function asRootOf({ uids, gids }: IdMaps): (work: () => void) => void {
  const root = { uid: hostId(uids, 0), gid: hostId(gids, 0) };
  return (work) => asFsUser(root, work);
}

/** A change that gives members of an archive, and what lies below them, other names; `then` comes after it. */
export function renaming(names: Readonly<Record<string, string>>, then: Change = (entry) => entry): Change {
  // Names in an archive are bytes.
  const bytes = (text: string): string => Buffer.from(text).toString("latin1");
  const pairs = Object.entries(names).map(([from, to]) => [bytes(from), bytes(to)] as const);
  const renamed = (name: string): string => {
    const [from, to] = pairs.find(([old]) => name === old || name.startsWith(`${old}/`)) ?? [];
    return from === undefined || to === undefined ? name : `${to}${name.slice(from.length)}`;
  };
  return (entry) =>
    then({
      ...entry,
      name: renamed(entry.name),
      linkName: entry.type === "link" ? renamed(entry.linkName) : entry.linkName,
    });
}
