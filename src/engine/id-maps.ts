import { IN_USER_NAMESPACE } from "../host/own-ids.ts";
import { ID_END, type IdMaps } from "../host/user-namespace.ts";
import { EstibaError } from "../lib/error.ts";
import type { UserNamespace } from "../state/spec/namespaces.ts";

/** The mapping of a mode that needs no other container; undefined for the host's ids, and for those to be chosen or joined. */
export function fixedMaps(user: UserNamespace | undefined): IdMaps | undefined {
  if (IN_USER_NAMESPACE && user !== undefined && user.mode !== "host") throw notOwned(user.mode);
  if (user?.mode === "private") return user.maps;
  if (user?.mode !== "keep-id") return undefined;
  const all = [{ inside: 0, outside: 0, size: ID_END }];
  return { uids: all, gids: all };
}

/** Whether a mapping changes nothing: files need no other owners then. */
export function isIdentity({ uids, gids }: IdMaps): boolean {
  return [...uids, ...gids].every(({ inside, outside }) => inside === outside);
}

// Owners of files can be mapped by mounts only where the file system is ours, and the kernel says it is the host's.
function notOwned(mode: string): EstibaError {
  return new EstibaError("unsupported", {
    reason: "rootless.userns",
    what: `--userns ${mode}: a rootless container shares the user namespace of its user, where root is the user, and has no other`,
    fix: "leave it out; or run the container as root: sudo estiba",
  });
}
