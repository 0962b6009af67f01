import type { NetworkRecord } from "../state/networks.ts";

/** What the options of a bridge network mean, Podman's names and Docker's. */
export type BridgeOptions = {
  readonly mtu: number | undefined;
  /** `open`: other networks reach it and are reached from it, unless they are strict. */
  readonly isolation: "isolated" | "open" | "strict";
  /** Its containers reach each other. */
  readonly siblings: boolean;
  /** What leaves it has the host's address. */
  readonly masquerade: boolean;
  readonly defaultRoute: boolean;
  /** `eth` for eth0, eth1. */
  readonly interfacePrefix: string;
};

/** The options that are understood, and what is right for each. The name of the bridge is taken out of them when a network is created. */
export const BRIDGE_OPTIONS: Readonly<Record<string, { values: string; fits: (value: string) => boolean }>> = {
  mtu: { values: "a number from 68 to 65535", fits: isMtu },
  "com.docker.network.driver.mtu": { values: "a number from 68 to 65535", fits: isMtu },
  isolate: { values: "true, false or strict", fits: (value: string) => value === "strict" || isBoolean(value) },
  no_default_route: { values: "true or false", fits: isBoolean },
  "com.docker.network.bridge.enable_icc": { values: "true or false", fits: isBoolean },
  "com.docker.network.bridge.enable_ip_masquerade": { values: "true or false", fits: isBoolean },
  "com.docker.network.container_iface_prefix": {
    values: "up to 12 letters, digits, _ and -",
    fits: (value: string) => /^[a-zA-Z][\w-]{0,11}$/.test(value),
  },
};

/** Reads the options of a network, which were checked when it was created. */
export function bridgeOptions({ options }: Pick<NetworkRecord, "options">): BridgeOptions {
  const mtu = options["mtu"] ?? options["com.docker.network.driver.mtu"];
  const isolate = options["isolate"] ?? "true";
  return {
    mtu: mtu === undefined ? undefined : Number(mtu),
    isolation: isolate === "strict" ? "strict" : isTrue(isolate) ? "isolated" : "open",
    siblings: isTrue(options["com.docker.network.bridge.enable_icc"] ?? "true"),
    masquerade: isTrue(options["com.docker.network.bridge.enable_ip_masquerade"] ?? "true"),
    defaultRoute: !isTrue(options["no_default_route"] ?? "false"),
    interfacePrefix: options["com.docker.network.container_iface_prefix"] ?? "eth",
  };
}

function isMtu(value: string): boolean {
  return /^\d+$/.test(value) && Number(value) >= 68 && Number(value) <= 65_535;
}

function isBoolean(value: string): boolean {
  return /^(true|false|0|1)$/.test(value);
}

function isTrue(value: string): boolean {
  return value === "true" || value === "1";
}
