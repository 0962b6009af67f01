import type { Joined } from "./namespaces.ts";

/** How a container reaches the network; joined is another's network, with its addresses and names. */
export type NetworkMode = "bridge" | "none" | "host" | Joined;

/** One published port or range as asked for; `hostPort` 0 takes a free one. */
export type PortMapping = {
  readonly hostIp: string;
  readonly hostPort: number;
  readonly containerPort: number;
  readonly protocol: "tcp" | "udp" | "sctp";
  /** How many consecutive ports, at least 1. */
  readonly range: number;
};
