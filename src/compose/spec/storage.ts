import type { ContainerSpec } from "../../state/container.ts";
import type { MountSpec, VolumesFrom } from "../../state/spec/mounts.ts";
import { imageOf } from "../plan/names.ts";
import { replicaName } from "../plan/replica.ts";
import type { Mount } from "../service-mount.ts";
import { refuseAttribute, type SpecContext } from "./context.ts";
import { driverOptions } from "./resources-of-project.ts";

/** What is mounted into a service's container. */
export function storagePart(
  context: SpecContext,
  inherited: ReadonlySet<string>,
): Pick<ContainerSpec, "mounts"> & Partial<Pick<ContainerSpec, "volumesFrom">> {
  const { service } = context;
  const mounts = (service.volumes ?? []).flatMap((mount, index): MountSpec[] => {
    const anonymous = mount.type === "volume" && mount.source === undefined;
    return anonymous && inherited.has(mount.target) ? [] : [mountOf(context, mount, index)];
  });
  const volumesFrom = (service.volumes_from ?? []).map((text) => providerOf(context, text));
  return {
    mounts: [...mounts, ...(service.tmpfs ?? []).map(tmpfsOf)],
    ...(volumesFrom.length === 0 ? {} : { volumesFrom }),
  };
}

function mountOf(context: SpecContext, mount: Mount, index: number): MountSpec {
  const { type, target, source = "", read_only: readOnly = false } = mount;
  switch (type) {
    case "bind":
      return bindOf(mount);
    case "volume":
      return volumeOf(context, mount);
    case "tmpfs": {
      const { size, mode } = mount.tmpfs ?? {};
      const options = [
        ...(size === undefined || size === 0 ? [] : [`size=${size}`]),
        ...(mode === undefined ? [] : [`mode=${mode.toString(8)}`]),
      ];
      return { type: "tmpfs", target, readOnly, options };
    }
    case "image": {
      const { naming, loaded } = context;
      const other = loaded.project.services[source];
      const subpath = mount.image?.subpath;
      const image = other === undefined ? source : imageOf(naming, source, other);
      return { type: "image", source: image, target, readOnly: true, ...(subpath === undefined ? {} : { subpath }) };
    }
    case "npipe":
    case "cluster":
      throw refuseAttribute(context, {
        path: ["volumes", index],
        why: `mounts of the type "${type}" are ${type === "npipe" ? "Windows'" : "Swarm's"}`,
        fix: "use a bind, volume, tmpfs or image",
      });
  }
}

function bindOf({ source = "", target, read_only: readOnly = false, bind = {} }: Mount): MountSpec {
  return {
    type: "bind",
    source,
    target,
    readOnly: readOnly || bind.recursive === "readonly",
    propagation: bind.propagation ?? "rprivate",
    recursive: bind.recursive !== "disabled",
    ...(bind.create_host_path === false ? {} : { createSource: true }),
  };
}

function volumeOf(
  { loaded }: SpecContext,
  { source, target, read_only: readOnly = false, volume = {} }: Mount,
): MountSpec {
  const config = source === undefined ? undefined : loaded.project.volumes[source];
  const labels = volume.labels ?? {};
  const options = config === undefined ? {} : driverOptions(config, loaded.projectDirectory);
  return {
    type: "volume",
    source: source === undefined ? undefined : (config?.name ?? source),
    target,
    readOnly,
    copy: volume.nocopy !== true,
    ...(volume.subpath === undefined ? {} : { subpath: volume.subpath }),
    ...(Object.keys(labels).length === 0 ? {} : { labels }),
    ...(Object.keys(options).length === 0 ? {} : { options }),
  };
}

function tmpfsOf(text: string): MountSpec {
  const colon = text.indexOf(":");
  const target = colon < 0 ? text : text.slice(0, colon);
  const words = colon < 0 ? [] : text.slice(colon + 1).split(",");
  return {
    type: "tmpfs",
    target,
    readOnly: words.includes("ro"),
    options: words.filter((word) => word !== "ro" && word !== "rw"),
  };
}

/** `service[:ro|rw]` or `container:name[:ro|rw]`. */
function providerOf({ naming, loaded }: SpecContext, text: string): VolumesFrom {
  const words = text.split(":");
  const foreign = words[0] === "container";
  const [name = "", access] = foreign ? words.slice(1) : words;
  const container = foreign ? name : replicaName(naming, loaded.project, { name, number: 1 });
  return { container, ...(access === undefined ? {} : { readOnly: access === "ro" }) };
}
