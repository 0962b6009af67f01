import { resolve } from "node:path";
import type { NewNetwork } from "../../engine/network/create.ts";
import type { NewVolume } from "../../engine/volume/create.ts";
import type { AskedSubnet } from "../../network/subnets.ts";
import type { NetworkDriver } from "../../state/networks.ts";
import type { Loaded } from "../load.ts";
import { resourceHash } from "../plan/hash.ts";
import { COMPOSE_VERSION, LABELS } from "../plan/names.ts";
import type { NetworkConfig, VolumeConfig } from "../project.ts";
import { refuseValue } from "./context.ts";

const DRIVERS: Readonly<Record<string, NetworkDriver>> = {
  bridge: "bridge",
  default: "bridge",
  macvlan: "macvlan",
  ipvlan: "ipvlan",
};
const BRIDGE_NAME = "com.docker.network.bridge.name";

/** A network of the project, as the engine is asked for it. Throws `unsupported` naming attribute and place. */
export function networkSpecOf(loaded: Loaded, key: string, config: NetworkConfig): NewNetwork {
  const { driver_opts = {}, ipam = {}, labels } = config;
  const driver = DRIVERS[config.driver ?? "bridge"];
  if (driver === undefined)
    throw refuseValue(loaded, {
      path: ["networks", key, "driver"],
      why: `"${config.driver}": bridge, macvlan and ipvlan are the drivers of networks`,
    });
  if (!["default", "host-local", "none"].includes(ipam.driver ?? "default"))
    throw refuseValue(loaded, {
      path: ["networks", key, "ipam", "driver"],
      why: `"${ipam.driver}": default and none are all there are`,
    });
  const { [BRIDGE_NAME]: bridgeName, ...options } = driver_opts;
  return {
    name: config.name,
    ...(driver === "bridge" ? {} : { driver }),
    ...(ipam.driver === "none" ? { ipam: "none" } : {}),
    subnets: subnetsOf(config),
    ipv6: config.enable_ipv6 ?? false,
    ...(config.enable_ipv4 === false ? { ipv4: false } : {}),
    internal: config.internal ?? false,
    attachable: config.attachable ?? false,
    dns: true,
    labels: { ...labels, ...resourceLabels(loaded, LABELS.network, { key, config }) },
    options,
    bridgeName,
    ignore: true,
  };
}

function subnetsOf({ ipam }: NetworkConfig): AskedSubnet[] {
  return (ipam?.config ?? []).flatMap(({ subnet, gateway, ip_range }) =>
    subnet === undefined ? [] : [{ cidr: subnet, gateway, range: ip_range }],
  );
}

/** The labels and options of a volume of the project. Throws `unsupported`. */
export function volumeSpecOf(loaded: Loaded, key: string, config: VolumeConfig): NewVolume {
  if (config.driver !== undefined && config.driver !== "local")
    throw refuseValue(loaded, {
      path: ["volumes", key, "driver"],
      why: `"${config.driver}": local is the only driver of volumes`,
    });
  return {
    name: config.name,
    labels: { ...config.labels, ...resourceLabels(loaded, LABELS.volume, { key, config }) },
    options: driverOptions(config, loaded.projectDirectory),
    ignore: true,
  };
}

/** A relative device of a bind is meant from the project's folder. */
export function driverOptions({ driver_opts = {} }: VolumeConfig, folder: string): Record<string, string> {
  const { device, o = "" } = driver_opts;
  const bound = device !== undefined && o.split(",").some((word) => word === "bind" || word === "rbind");
  return bound ? { ...driver_opts, device: resolve(folder, device) } : { ...driver_opts };
}

type Resource = { readonly key: string; readonly config: NetworkConfig | VolumeConfig };

function resourceLabels({ project }: Loaded, label: string, { key, config }: Resource): Record<string, string> {
  return {
    [LABELS.project]: project.name,
    [label]: key,
    [LABELS.configHash]: resourceHash(config),
    [LABELS.version]: COMPOSE_VERSION,
  };
}
