import type { NetworkRecord } from "../state/networks.ts";
import { parseIp } from "./address.ts";
import { CHILD_MODES, type ChildDriver } from "./child-modes.ts";
import { ownsBridge } from "./driver-options.ts";

type Options = Readonly<Record<string, { values: string; fits: (value: string) => boolean }>>;

/** The options that are understood, and what is right for each. The name of the bridge is taken out of them when a network is created. */
const BRIDGE_OPTIONS: Options = {
  mtu: { values: "a number from 68 to 65535", fits: isMtu },
  "com.docker.network.driver.mtu": { values: "a number from 68 to 65535", fits: isMtu },
  mode: { values: "managed, unmanaged", fits: (value: string) => value === "managed" || value === "unmanaged" },
  vlan: {
    values: "a number from 1 to 4094",
    fits: (value: string) => /^[1-9]\d{0,3}$/.test(value) && Number(value) <= 4094,
  },
  isolate: { values: "true, false or strict", fits: (value: string) => value === "strict" || isBoolean(value) },
  metric: { values: "a number", fits: (value: string) => /^\d{1,9}$/.test(value) },
  no_default_route: { values: "true or false", fits: isBoolean },
  "com.docker.network.bridge.enable_icc": { values: "true or false", fits: isBoolean },
  "com.docker.network.bridge.enable_ip_masquerade": { values: "true or false", fits: isBoolean },
  "com.docker.network.bridge.host_binding_ipv4": { values: "an IPv4 address", fits: isIpv4 },
  "com.docker.network.container_iface_prefix": {
    values: "up to 12 letters, digits, _ and -",
    fits: (value: string) => /^[a-zA-Z][\w-]{0,11}$/.test(value),
  },
};

/** Of a bridge of others: no rule of ours is there to be told anything. */
const UNMANAGED_OPTIONS: Options = Object.fromEntries(
  Object.entries(BRIDGE_OPTIONS).filter(([name]) => !/isolate|enable_|host_binding/.test(name)),
);

/** The same for networks beside an interface of the host's, by driver. */
const CHILD_OPTIONS: Readonly<Record<ChildDriver, Options>> = {
  macvlan: childOptions("macvlan"),
  ipvlan: childOptions("ipvlan"),
};

/** The options that a network can have. */
export function driverOptions(network: Pick<NetworkRecord, "driver" | "options">): Options {
  if (network.driver !== "bridge") return CHILD_OPTIONS[network.driver];
  return ownsBridge(network) ? BRIDGE_OPTIONS : UNMANAGED_OPTIONS;
}

function childOptions(driver: ChildDriver): Options {
  const modes = Object.keys(CHILD_MODES[driver]);
  const mode = { values: modes.join(", "), fits: (value: string) => modes.includes(value) };
  const { mtu, metric, no_default_route } = BRIDGE_OPTIONS;
  if (mtu === undefined || metric === undefined || no_default_route === undefined)
    throw new TypeError("an option is gone");
  return {
    parent: { values: "the name of an interface", fits: (value: string) => /^[^\s/]{1,15}$/.test(value) },
    mode,
    [`${driver}_mode`]: mode,
    mtu,
    metric,
    no_default_route,
    "com.docker.network.driver.mtu": mtu,
  };
}

function isMtu(value: string): boolean {
  return /^\d+$/.test(value) && Number(value) >= 68 && Number(value) <= 65_535;
}

function isIpv4(value: string): boolean {
  return parseIp(value)?.length === 4;
}

function isBoolean(value: string): boolean {
  return /^(true|false|0|1)$/.test(value);
}
