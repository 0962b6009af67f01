/** `size` ids on disk from `from` on are seen as those from `to` on; with `relative`, `to` is an id of the container's user namespace. */
export type IdMapRange = {
  readonly from: number;
  readonly to: number;
  readonly size: number;
  readonly relative: boolean;
};

/** The mapping of an idmapped mount. Source: podman-run(1), `--mount`, idmap. */
export type MountIdMap = "container" | { readonly uids: readonly IdMapRange[]; readonly gids: readonly IdMapRange[] };
