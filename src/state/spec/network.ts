import type { Joined } from "./namespaces.ts";

/** How a container reaches the network; joined is another's network, with its addresses and names. */
export type NetworkMode = "bridge" | "none" | "host" | Joined;

/** A network that a container is attached to, by name, with what was asked for there. */
export type NetworkAttachment = {
  readonly network: string;
  readonly ipv4?: string;
  readonly ipv6?: string;
  readonly mac?: string;
  /** Further names by which containers of that network find it. */
  readonly aliases?: readonly string[];
  /** Names by which this container alone finds others of that network. */
  readonly links?: readonly NetworkLink[];
  /** Undefined for the next free one of eth0, eth1, and so on. */
  readonly interfaceName?: string;
  /** The network with the highest is the way out; undefined as 0. Of equal ones the first. */
  readonly gatewayPriority?: number;
  /** NAME=VALUE of the container's network namespace; IFNAME in a name is the interface. */
  readonly sysctls?: readonly string[];
  /** Its addresses are the cluster's to give: a task of a service is attached so to the cluster's networks, and nobody else. */
  readonly ofTask?: true;
};

/** `target` is one of the names that the other one has there. */
export type NetworkLink = { readonly name: string; readonly target: string };

/** One published port or range as asked for; `hostPort` 0 takes a free one. */
export type PortMapping = {
  readonly hostIp: string;
  readonly hostPort: number;
  /** Where `hostPort` is 0, the free one is out of these, both included. */
  readonly among?: PortRange;
  readonly containerPort: number;
  readonly protocol: "tcp" | "udp" | "sctp";
  /** How many consecutive ports, at least 1. */
  readonly range: number;
  /** The host ports, which are named, are those of a group: all of its containers that run share what comes in. */
  readonly share?: PortShare;
};

export type PortRange = { readonly first: number; readonly last: number };

/** A container's part in the host ports of a group. */
export type PortShare = {
  readonly group: string;
  /** It holds them, and gets nothing until they are shifted to it. */
  readonly standby?: boolean;
  /** An address that this host does not have is another's of the cluster: it is no error. */
  readonly elsewhere?: true;
};
