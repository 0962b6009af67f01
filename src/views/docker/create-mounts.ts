import { EstibaError } from "../../lib/error.ts";
import type { ContainerSpec } from "../../state/container.ts";
import type { BindMount, MountSpec, VolumeMount } from "../../state/spec/mounts.ts";

/** `HostConfig.Mounts`: all but file systems in memory. Pure. Throws `unsupported` for what Docker's API has no word for. */
export function createMounts(mounts: readonly MountSpec[]): Record<string, unknown>[] {
  return mounts.flatMap((mount): Record<string, unknown>[] => {
    switch (mount.type) {
      case "bind":
        return [{ ...place(mount), Source: mount.source, BindOptions: bindOptions(mount) }];
      case "volume":
        return [{ ...place(mount), Source: mount.source, VolumeOptions: volumeOptions(mount) }];
      case "image":
        refuse(mount, { flags: mount.flags });
        return [{ ...place(mount), Source: mount.source, ImageOptions: { Subpath: mount.subpath } }];
      case "devpts":
        throw noWordFor(mount, "type=devpts");
      case "tmpfs":
        return [];
    }
  });
}

function place({ type, target, readOnly }: MountSpec): Record<string, unknown> {
  return { Type: type, Target: target, ReadOnly: readOnly ? true : undefined };
}

function bindOptions(mount: BindMount): object {
  refuse(mount, mount);
  if (mount.subpath !== undefined) throw noWordFor(mount, "subpath");
  return {
    Propagation: mount.propagation === "rprivate" ? undefined : mount.propagation,
    NonRecursive: mount.recursive ? undefined : true,
    CreateMountpoint: mount.createSource,
  };
}

function volumeOptions(mount: VolumeMount): object {
  refuse(mount, mount);
  if (mount.propagation !== undefined && mount.propagation !== "rprivate") throw noWordFor(mount, mount.propagation);
  return {
    NoCopy: mount.copy ? undefined : true,
    Labels: mount.labels,
    DriverConfig: mount.options === undefined ? undefined : { Name: "local", Options: mount.options },
    Subpath: mount.subpath,
  };
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
