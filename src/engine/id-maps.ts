import { ID_END, type IdMaps } from "../host/user-namespace.ts";
import type { UserNamespace } from "../state/spec/namespaces.ts";

/** The mapping of a mode that needs no other container; undefined for the host's ids, and for those to be chosen or joined. */
export function fixedMaps(user: UserNamespace | undefined): IdMaps | undefined {
  if (user?.mode === "private") return user.maps;
  if (user?.mode !== "keep-id") return undefined;
  const all = [{ inside: 0, outside: 0, size: ID_END }];
  return { uids: all, gids: all };
}

/** Whether a mapping changes nothing: files need no other owners then. */
export function isIdentity({ uids, gids }: IdMaps): boolean {
  return [...uids, ...gids].every(({ inside, outside }) => inside === outside);
}
