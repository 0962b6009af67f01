import { EstibaError } from "../../lib/error.ts";
import { parseSize } from "../../lib/size.ts";
import type { ContainerSpec } from "../../state/container.ts";
import type { BindMount, MountSpec, TmpfsMount, VolumeMount } from "../../state/spec/mounts.ts";

/** `HostConfig.Mounts`: all but file systems in memory. Pure. Throws `unsupported` for what Docker's API has no word for. */
export function createMounts(mounts: readonly MountSpec[]): Record<string, unknown>[] {
  return mounts.flatMap((mount): Record<string, unknown>[] => {
    switch (mount.type) {
      case "bind":
        refuse(mount, mount);
        if (mount.subpath !== undefined) throw noWordFor(mount, "subpath");
        return [mountDocument(mount)];
      case "volume":
        refuse(mount, mount);
        if (mount.propagation !== undefined && mount.propagation !== "rprivate")
          throw noWordFor(mount, mount.propagation);
        return [mountDocument(mount)];
      case "image":
        refuse(mount, { flags: mount.flags });
        return [mountDocument(mount)];
      case "devpts":
        throw noWordFor(mount, "type=devpts");
      case "tmpfs":
        return [];
    }
  });
}

/** A mount with Docker's fields; what there is no word for is left out. Pure. */
export function mountDocument(mount: MountSpec): Record<string, unknown> {
  const place = { Type: mount.type, Target: mount.target, ReadOnly: mount.readOnly ? true : undefined };
  switch (mount.type) {
    case "bind":
      return { ...place, Source: mount.source, BindOptions: bindOptions(mount) };
    case "volume":
      return { ...place, Source: mount.source, VolumeOptions: volumeOptions(mount) };
    case "image":
      return { ...place, Source: mount.source, ImageOptions: { Subpath: mount.subpath } };
    case "tmpfs":
      return { ...place, TmpfsOptions: tmpfsOptions(mount) };
    case "devpts":
      return place;
  }
}

function bindOptions(mount: BindMount): object {
  return {
    Propagation: mount.propagation === "rprivate" ? undefined : mount.propagation,
    NonRecursive: mount.recursive ? undefined : true,
    CreateMountpoint: mount.createSource,
  };
}

function volumeOptions(mount: VolumeMount): object {
  return {
    NoCopy: mount.copy ? undefined : true,
    Labels: mount.labels,
    DriverConfig: mount.options === undefined ? undefined : { Name: "local", Options: mount.options },
    Subpath: mount.subpath,
  };
}

function tmpfsOptions({ options }: TmpfsMount): object {
  const valueOf = (name: string): string | undefined =>
    options.find((option) => option.startsWith(`${name}=`))?.slice(name.length + 1);
  const [size, mode] = [parseSize(valueOf("size") ?? ""), valueOf("mode")];
  return { SizeBytes: size, Mode: mode === undefined ? undefined : Number.parseInt(mode, 8) };
}

type Special = {
  readonly flags?: unknown;
  readonly chown?: unknown;
  readonly idmap?: unknown;
  readonly overlay?: unknown;
};

function refuse(mount: MountSpec, { flags, chown, idmap, overlay }: Special): void {
  const [wrong] = Object.entries({ flags, U: chown, idmap, O: overlay }).filter(([, value]) => value !== undefined);
  if (wrong !== undefined) throw noWordFor(mount, wrong[0] === "flags" ? String(wrong[1]) : wrong[0]);
}

/** Where a read-only root can be written all the same. */
const WRITABLE = ["/run", "/tmp", "/var/tmp"];

/** `HostConfig.Tmpfs`: options by target; with a read-only root those that Podman's has as well. */
export function createTmpfs({ mounts, security }: ContainerSpec): Record<string, string> {
  const tmpfs = mounts.flatMap((mount) => {
    if (mount.type !== "tmpfs") return [];
    if (mount.fileSystem !== undefined) throw noWordFor(mount, "type=ramfs");
    if (mount.chown === true) throw noWordFor(mount, "U");
    return [[mount.target, [...(mount.readOnly ? ["ro"] : []), ...mount.options].join(",")] as const];
  });
  const taken = new Set(mounts.map(({ target }) => target));
  const own = security.readOnlyRoot && security.readOnlyTmpfs ? WRITABLE.filter((path) => !taken.has(path)) : [];
  return Object.fromEntries([...tmpfs, ...own.map((path) => [path, ""] as const)]);
}

function noWordFor({ target }: MountSpec, option: string): EstibaError {
  return new EstibaError("unsupported", {
    reason: "client.no_word",
    what: `the mount at "${target}": ${option} does not reach an engine elsewhere, Docker's API has no word for it`,
    fix: "leave it out, or run the command on the engine's own machine",
    details: { option },
  });
}
