import type { IdMaps, IdRange } from "../../host/user-namespace.ts";

/** A namespace of somebody else's: another container's (by name as asked for, by full id in a record), or one at a path of the host. */
export type Joined = `container:${string}` | `ns:${string}`;

/** How a container stands to one kind of namespace. */
export type NamespaceMode = "private" | "host" | Joined;

/** `shareable` lets others join it, `none` has no /dev/shm either, `private` lets nobody join. */
export type IpcMode = NamespaceMode | "shareable" | "none";

/** Undefined is the default: `private`; `shareable` for ipc; the host's for user, and for cgroup under cgroup v1. */
export type Namespaces = {
  readonly pid?: NamespaceMode;
  readonly ipc?: IpcMode;
  readonly uts?: NamespaceMode;
  readonly cgroup?: NamespaceMode;
  readonly user?: UserNamespace;
};

/**
 * How a container's ids stand to the host's.
 * - `private`: by the mapping given
 * - `auto`: by a range that no other container has; the ranges given are mapped as they are
 * - `keep-id`: each id is itself, in a namespace of the container's own
 */
export type UserNamespace =
  | { readonly mode: "host" | "keep-id" | Joined }
  | { readonly mode: "private"; readonly maps: IdMaps }
  | {
      readonly mode: "auto";
      /** How many ids; undefined for as many as the image needs. */
      readonly size?: number;
      readonly uids: readonly IdRange[];
      readonly gids: readonly IdRange[];
    };

/** The container meant by a `container:` mode; undefined for any other. */
export function joinedContainer(mode: string | undefined): string | undefined {
  return mode?.startsWith("container:") === true ? mode.slice("container:".length) : undefined;
}

/** The path meant by a `ns:` mode; undefined for any other. */
export function joinedPath(mode: string | undefined): string | undefined {
  return mode?.startsWith("ns:") === true ? mode.slice("ns:".length) : undefined;
}
