/** The network that published ports lead to; it comes with the first that does. */
export const INGRESS = "ingress";

/** A network that reaches over all nodes. */
export type ClusterNetwork = {
  readonly id: string;
  readonly name: string;
  readonly createdAt: number;
  readonly labels: Readonly<Record<string, string>>;
  readonly options: Readonly<Record<string, string>>;
  /** IPv4, as `10.33.0.0/22`. */
  readonly subnet: string;
  /** IPv6, as `fd5a:12:34:1::/64`; undefined without. Who has an address of the other has the one of the same number of this. */
  readonly subnet6?: string;
  /** Its number in tunnels. */
  readonly vni: number;
  /** Without a way out. */
  readonly internal: boolean;
  /** Containers that are no tasks may be on it. */
  readonly attachable?: boolean;
};

/** A container of a node that is no task, on a network that lets such be on it. */
export type Guest = {
  readonly networkId: string;
  readonly containerId: string;
  readonly nodeId: string;
  /** By which it is found there. */
  readonly names: readonly string[];
  readonly createdAt: number;
};

/** Who has an address: a task, a service its virtual one, a node its own on a bridge, a guest. */
export type Owner = `task/${string}` | `service/${string}` | `node/${string}` | `container/${string}`;

/** An address of a network, as long as it is anybody's, and a while longer. */
export type Address = {
  readonly networkId: string;
  readonly ip: string;
  readonly owner: Owner;
  /** Of a task or guest: by chance, so that nobody takes it for an earlier holder of the address. */
  readonly mac?: string;
  /** Since when it is nobody's any more. */
  readonly freedAt?: number;
};
