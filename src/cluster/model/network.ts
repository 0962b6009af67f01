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
  /** Its number in tunnels. */
  readonly vni: number;
  /** Without a way out. */
  readonly internal: boolean;
};

/** Who has an address: a task, a service its virtual one, a node its own on a bridge. */
export type Owner = `task/${string}` | `service/${string}` | `node/${string}`;

/** An address of a network, as long as it is anybody's, and a while longer. */
export type Address = {
  readonly networkId: string;
  readonly ip: string;
  readonly owner: Owner;
  /** Of a task: by chance, so that nobody takes it for an earlier holder of the address. */
  readonly mac?: string;
  /** Since when it is nobody's any more. */
  readonly freedAt?: number;
};
