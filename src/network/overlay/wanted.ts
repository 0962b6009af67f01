/** Somebody on a network whom another host has: `via` is that host's address. */
export type Peer = { readonly ip: string; readonly ip6?: string; readonly mac: string; readonly via: string };

/** A virtual address, and those who are behind it, of one family. */
export type Balanced = { readonly vip: string; readonly backends: readonly string[] };

/** A host that lets connections from outside in: answers to them leave by it. */
export type Gate = { readonly ip: string; readonly mac: string };

/** A port of every host, and who has what comes in by it. */
export type Door = {
  readonly protocol: "tcp" | "udp" | "sctp";
  /** "" for every address of the host. */
  readonly hostIp: string;
  readonly hostPort: number;
  readonly targets: readonly { readonly ip: string; readonly port: number }[];
};
