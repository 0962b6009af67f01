import type { ContainerRecord, ContainerSpec } from "../state/container.ts";
import { findContainer } from "../state/containers.ts";
import { getPod } from "../state/pods.ts";
import type { ImageMount, MountSpec, VolumesFrom } from "../state/spec/mounts.ts";
import type { Inherited } from "./define.ts";
import type { Engine } from "./engine.ts";
import { findImage } from "./find-image.ts";
import { checkVolumeOptions } from "./volume/options.ts";

/**
 * The spec with the images that it mounts looked up: their ids are what keeps them from then on. Throws `not_found`; `invalid` and
 * `unsupported` for options of new volumes.
 */
export function resolveImages(engine: Engine, spec: ContainerSpec): ContainerSpec {
  for (const mount of spec.mounts) if (mount.type === "volume") checkVolumeOptions(mount.options ?? {});
  if (spec.mounts.every(({ type }) => type !== "image")) return spec;
  const mounts = spec.mounts.map(
    (mount): MountSpec =>
      mount.type === "image" ? { ...mount, imageId: findImage(engine, mount.source).image.id } : mount,
  );
  return { ...spec, mounts };
}

/** The images that a container mounts, beside its own. */
export function mountedImages(
  record: Pick<ContainerRecord, "mounts">,
): Required<Pick<ImageMount, "imageId" | "source">>[] {
  return record.mounts.flatMap((mount) =>
    mount.type === "image" && mount.imageId !== undefined ? [{ imageId: mount.imageId, source: mount.source }] : [],
  );
}

/**
 * What its pod, and the containers of `volumesFrom`, have mounted of the host, of volumes and of images; file systems in memory are each
 * container's own. Undefined where there is none to look at. Throws `not_found`.
 */
export function inheritMounts(engine: Engine, { volumesFrom = [], pod }: ContainerSpec): Inherited | undefined {
  const infra = pod === undefined || pod.infra === true ? undefined : getPod(engine.store, pod.id)?.infraId;
  const sources: VolumesFrom[] = infra === undefined ? [...volumesFrom] : [{ container: infra }, ...volumesFrom];
  if (sources.length === 0) return undefined;
  const anonymous = new Set<string>();
  const mounts = sources.flatMap(({ container, readOnly }) => {
    const record = findContainer(engine.store, container);
    for (const volume of record.volumes) if (volume.anonymous) anonymous.add(volume.name);
    return record.mounts
      .filter(({ type }) => type === "bind" || type === "volume" || type === "image")
      .map((mount) => (readOnly === undefined ? mount : { ...mount, readOnly }));
  });
  return { mounts, anonymous };
}

/** The mounts of both; at one target the latter's counts. */
export function joinInherited(first: Inherited | undefined, second: Inherited | undefined): Inherited | undefined {
  if (first === undefined || second === undefined) return first ?? second;
  return {
    mounts: [...first.mounts, ...second.mounts],
    anonymous: new Set([...first.anonymous, ...second.anonymous]),
  };
}
