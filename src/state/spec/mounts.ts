import type { MountIdMap } from "./id-map.ts";

/** What every mount has: where it appears, as an absolute path inside the root, and whether it can be written. */
type Place = { readonly target: string; readonly readOnly: boolean };

/** What a mount of files that lie on the host may have besides. Undefined is "as the source is". */
export type FileMountOptions = {
  /** Of exec, noexec, suid, nosuid, dev, nodev, in this order of choice. */
  readonly flags?: readonly string[];
  /** `U`: the files appear as the container's user's. */
  readonly chown?: boolean;
  /** Owners are seen through this mapping; `container` is that of the container's user namespace. */
  readonly idmap?: MountIdMap;
  /** A folder or file below the source, which is mounted in its place. No link in it leads out of the source. */
  readonly subpath?: string;
  /** Make a folder where there is nothing at the subpath, with the rights that the source has. */
  readonly createSubpath?: boolean;
  /** `O`: what is written goes to a layer above the source; the container's own, gone at its end, unless these folders are named. */
  readonly overlay?: { readonly upper?: string; readonly work?: string };
};

export type BindMount = Place &
  FileMountOptions & {
    readonly type: "bind";
    readonly source: string;
    readonly propagation: string;
    readonly recursive: boolean;
    /** Make a folder where the source is missing. */
    readonly createSource?: boolean;
  };

export type VolumeMount = Place &
  FileMountOptions & {
    readonly type: "volume";
    /** Undefined asks for an anonymous one; the record always names it. */
    readonly source: string | undefined;
    /** Copy what the image has at `target` into an empty volume. */
    readonly copy: boolean;
    /** `private` and so on; undefined is `rprivate`. */
    readonly propagation?: string;
    /** What the volume gets when it is made for this mount. */
    readonly labels?: Readonly<Record<string, string>>;
    readonly options?: Readonly<Record<string, string>>;
  };

export type ImageMount = Place &
  Pick<FileMountOptions, "subpath" | "flags"> & {
    readonly type: "image";
    /** The image as typed. */
    readonly source: string;
    /** The image it is; the record always has it, or the layers. */
    readonly imageId?: string;
    /** Chain id of the topmost layer, where the files belong to no image, such as those of a build's stage. */
    readonly chainId?: string;
  };

/** A file system in memory; with `ramfs` one that is never swapped out and has no limit. */
export type TmpfsMount = Place & {
  readonly type: "tmpfs";
  readonly options: readonly string[];
  readonly fileSystem?: "ramfs";
  /** It belongs to the container's user. */
  readonly chown?: boolean;
};

/** A terminal file system of the container's own: uid, gid, mode, ptmxmode and max are in the options. */
export type DevptsMount = Place & { readonly type: "devpts"; readonly options: readonly string[] };

/** Something mounted into the container at `target`, an absolute path inside its root. */
export type MountSpec = BindMount | VolumeMount | ImageMount | TmpfsMount | DevptsMount;

/** A named-or-anonymous volume that the container uses. */
export type UsedVolume = { readonly name: string; readonly target: string; readonly anonymous: boolean };

/** A container whose volumes and folders of the host are mounted too; `readOnly` undefined leaves them as they are there. */
export type VolumesFrom = { readonly container: string; readonly readOnly?: boolean };
