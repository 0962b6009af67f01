/** Somebody on a network whom another host has: `via` is that host's address. */
export type Peer = { readonly ip: string; readonly ip6?: string; readonly mac: string; readonly via: string };

/** A virtual address, and those who are behind it, of one family. */
export type Balanced = { readonly vip: string; readonly backends: readonly string[] };

/** A host that lets connections from outside in: answers to them leave by it. */
export type Gate = { readonly ip: string; readonly ip6?: string; readonly mac: string };

/** A port of every host, and who has what comes in by it. */
export type Door = {
  readonly protocol: "tcp" | "udp" | "sctp";
  /** "" for every address of the host; one of a family, or the wildcard of one, for that family only. */
  readonly hostIp: string;
  readonly hostPort: number;
  /** What comes in over IPv6 is led to the IPv6 addresses. */
  readonly targets: readonly { readonly ip: string; readonly ip6?: string; readonly port: number }[];
};
