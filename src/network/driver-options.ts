import type { NetworkRecord } from "../state/networks.ts";

/** What the options of a bridge network mean, Podman's names and Docker's. */
export type BridgeOptions = {
  readonly mtu: number | undefined;
  /** The VLAN of its containers on a bridge that keeps VLANs apart. */
  readonly vlan: number | undefined;
  /** `open`: other networks reach it and are reached from it, unless they are strict. */
  readonly isolation: "isolated" | "open" | "strict";
  /** Its containers reach each other. */
  readonly siblings: boolean;
  /** What leaves it has the host's address. */
  readonly masquerade: boolean;
  /** Where a port is published that names no address of the host; "" for all of them. */
  readonly hostIp: string;
  readonly defaultRoute: boolean;
  /** Of the default route in containers. */
  readonly metric: number | undefined;
  /** `eth` for eth0, eth1. */
  readonly interfacePrefix: string;
};

/** Whether the network's bridge is made, addressed, ruled and removed by us: not one that others manage, nor a parent. */
export function ownsBridge({ driver, options }: Pick<NetworkRecord, "driver" | "options">): boolean {
  return driver === "bridge" && options["mode"] !== "unmanaged";
}

/** Reads the options of a network, which were checked when it was created. */
export function bridgeOptions({ options }: Pick<NetworkRecord, "options">): BridgeOptions {
  const mtu = options["mtu"] ?? options["com.docker.network.driver.mtu"];
  const hostIp = options["com.docker.network.bridge.host_binding_ipv4"] ?? "";
  const isolate = options["isolate"] ?? "true";
  return {
    mtu: mtu === undefined ? undefined : Number(mtu),
    vlan: options["vlan"] === undefined ? undefined : Number(options["vlan"]),
    isolation: isolate === "strict" ? "strict" : isTrue(isolate) ? "isolated" : "open",
    siblings: isTrue(options["com.docker.network.bridge.enable_icc"] ?? "true"),
    masquerade: isTrue(options["com.docker.network.bridge.enable_ip_masquerade"] ?? "true"),
    hostIp: hostIp === "0.0.0.0" ? "" : hostIp,
    defaultRoute: !isTrue(options["no_default_route"] ?? "false"),
    metric: options["metric"] === undefined ? undefined : Number(options["metric"]),
    interfacePrefix: options["com.docker.network.container_iface_prefix"] ?? "eth",
  };
}

function isTrue(value: string): boolean {
  return value === "true" || value === "1";
}
