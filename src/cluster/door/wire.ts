import type { NamedFile } from "../manager/files.ts";
import type { Address, ClusterNetwork } from "../model/network.ts";
import type { Node } from "../model/node.ts";
import type { Service } from "../model/service.ts";
import type { Task } from "../model/task.ts";

/** A service with what is only known of it together with its tasks. */
export type ServiceSummary = {
  readonly service: Service;
  /** When it was last changed: an update names it, so that nobody's change is lost. */
  readonly version: number;
  readonly running: number;
  /** How many are wanted; of a job, how many at once. */
  readonly desired: number;
  /** By name, the ids of those of the cluster's networks that its spec, or the one before, names. */
  readonly networks: Readonly<Record<string, string>>;
  /** Its virtual addresses, by network. */
  readonly virtual: readonly { readonly networkId: string; readonly address: string }[];
  /** Of a job: how many have run to their end. */
  readonly completed: number;
  /** When a job with a schedule runs next, in milliseconds since the epoch. */
  readonly nextRun?: number;
};

/** The header of an answer that may be old: for how many seconds nothing has been heard of the store. */
export const STALE_HEADER = "estiba-stale-seconds";

/** What a leader answers another manager: the state has what was changed from this revision on. */
export type LedAnswer = { readonly answer: unknown; readonly revision: number };

/** What `info` tells of the cluster. */
export type ClusterInfo = {
  readonly clusterId: string;
  readonly nodeId: string;
  readonly address: string;
  readonly leader: string | undefined;
  /** Since when the store is silent; undefined while it answers. */
  readonly silent: string | undefined;
  readonly createdAt: number;
  /** The store has no such cluster: what was there is gone. */
  readonly isGone?: true;
  /** It waits for its unlock key, and tells nothing else. */
  readonly isLocked?: boolean;
};

export type NodeSummary = {
  readonly node: Node;
  readonly version: number;
  readonly isLeader: boolean;
  /** Of a manager: whether its process is there. */
  readonly isReachable: boolean;
  /** Undefined until it has told. */
  readonly tls: NodeTrust | undefined;
};

/** Whom a node trusts, in PEM form, and the root that its certificate is of: its subject and public key in base64. */
export type NodeTrust = { readonly trust: string; readonly subject: string; readonly publicKey: string };

/** Why a task is where it is, or nowhere: a line for each node. */
export type Explanation = { readonly node: string; readonly reasons: readonly string[] };

/** A network, and who has an address on it: tasks by their names, services, nodes by theirs. */
export type NetworkSummary = {
  readonly network: ClusterNetwork;
  readonly holders: readonly (Pick<Address, "ip" | "mac" | "owner"> & { readonly name: string })[];
};

export type TaskRow = {
  readonly task: Task;
  readonly serviceName: string;
  readonly nodeName: string;
  /** When it was last changed. */
  readonly version: number;
};

/** A secret or config, as far as it may be told; what a config says, in base64. */
export type FileSummary = Omit<NamedFile, "sealed"> & { readonly version: number; readonly data?: string };

/** What is the same for all nodes, as far as it may be told. */
export type SwarmFacts = {
  readonly id: string;
  readonly version: number;
  readonly createdAt: number;
  /** The root certificate, in PEM form: while it is replaced, still the former one. */
  readonly ca: string;
  /** The root that certificates are made with now; its subject and public key in base64. */
  readonly signer: string;
  readonly subject: string;
  readonly publicKey: string;
  /** Nodes get certificates of another root at present. */
  readonly isRotating: boolean;
  readonly forceRotate: number;
  readonly certExpiryMs: number;
  /** Managers are locked when their processes begin. */
  readonly isAutolocked: boolean;
  /** What machines join by. */
  readonly tokens: { readonly worker: string; readonly manager?: string };
};
