import type { BindMount, ImageMount, MountSpec, VolumeMount } from "../../state/spec/mounts.ts";
import type { InspectFacts } from "../container-inspect.ts";

type Shown = BindMount | VolumeMount | ImageMount;

/** `Mounts` of inspect: volumes, images, folders and files of the host, in this order; no tmpfs, as in Podman. */
export function inspectMounts(
  mounts: readonly MountSpec[],
  facts: Pick<InspectFacts, "volumePath">,
): Record<string, unknown>[] {
  return sorted(mounts).map((mount) => ({
    Type: mount.type,
    Name: mount.type === "volume" ? mount.source : undefined,
    Source: mount.type === "volume" ? facts.volumePath(mount.source ?? "") : mount.source,
    Destination: mount.target,
    Driver: mount.type === "volume" ? "local" : "",
    Mode: "",
    Options: mount.type === "image" ? null : optionsOf(mount),
    RW: !mount.readOnly,
    Propagation: propagationOf(mount),
    SubPath: mount.subpath,
  }));
}

/** `HostConfig.Binds`: `SOURCE:TARGET:OPTIONS`. */
export function inspectBinds(mounts: readonly MountSpec[]): string[] {
  return sorted(mounts).flatMap((mount) => {
    if (mount.type === "image") return [];
    const options = [mount.readOnly ? "ro" : "rw", propagationOf(mount), ...optionsOf(mount)];
    return [`${mount.source}:${mount.target}:${options.join(",")}`];
  });
}

/** `HostConfig.Tmpfs`: options by target. */
export function inspectTmpfs(mounts: readonly MountSpec[]): Record<string, string> {
  return Object.fromEntries(
    mounts.flatMap((mount) => (mount.type === "tmpfs" ? [[mount.target, mount.options.join(",")]] : [])),
  );
}

const ORDER: readonly string[] = ["volume", "image", "bind"];

function sorted(mounts: readonly MountSpec[]): Shown[] {
  const shown = mounts.filter((mount) => ORDER.includes(mount.type)) as Shown[];
  return shown.toSorted((a, b) => ORDER.indexOf(a.type) - ORDER.indexOf(b.type));
}

function propagationOf(mount: Shown): string {
  return mount.type === "image" ? "" : (mount.propagation ?? "rprivate");
}

function optionsOf(mount: BindMount | VolumeMount): string[] {
  const own = [
    ...(mount.flags ?? (mount.type === "volume" ? ["nosuid", "nodev"] : [])),
    ...(mount.chown === true ? ["U"] : []),
    ...(mount.idmap === undefined ? [] : ["idmap"]),
    ...(mount.overlay === undefined ? [] : ["O"]),
  ];
  return [...own, mount.type === "volume" || mount.recursive ? "rbind" : "bind"];
}
