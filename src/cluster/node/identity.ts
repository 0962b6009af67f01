import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import type { Engine } from "../../engine/engine.ts";
import { EstibaError } from "../../lib/error.ts";
import { hasCode } from "../../lib/has-code.ts";
import { identityPath } from "./paths.ts";

/** Where a manager keeps the cluster's state. */
export type StorePlace =
  | { readonly kind: "sqlite" }
  | {
      readonly kind: "etcd";
      readonly endpoints: readonly string[];
      /** Files in PEM form. */
      readonly tls?: { readonly ca: string; readonly cert: string; readonly key: string };
    };

export type ManagerIdentity = {
  readonly nodeId: string;
  readonly clusterId: string;
  readonly role: "manager";
  /** What other nodes reach it at. */
  readonly address: string;
  readonly store: StorePlace;
  /** It is to make the cluster; any other one waits for a state that is lost. */
  readonly isFounder?: boolean;
  /** Where it was before: what is left there is to be taken away. */
  readonly formerStore?: StorePlace;
  /** Where it listens for other nodes; undefined: nowhere. */
  readonly listen?: string;
};

export type WorkerIdentity = {
  readonly nodeId: string;
  readonly clusterId: string;
  readonly role: "worker";
  /** `HOST:PORT` of managers. */
  readonly managers: readonly string[];
  /** Where managers were before, the latest first: asked when none of those answers. */
  readonly formerManagers?: readonly string[];
};

/** Who this node is. */
export type Identity = ManagerIdentity | WorkerIdentity;

/** Who this node is; undefined when it is in no cluster. */
export function readIdentity(engine: Engine): Identity | undefined {
  try {
    return JSON.parse(readFileSync(identityPath(engine), "utf8")) as Identity;
  } catch (error) {
    if (hasCode(error, "ENOENT")) return undefined;
    throw error;
  }
}

/** {@link readIdentity}; throws `wrong_state`, in Swarm's words, when it is in none. */
export function requireIdentity(engine: Engine): Identity {
  const identity = readIdentity(engine);
  if (identity !== undefined) return identity;
  throw new EstibaError("wrong_state", {
    reason: "cluster.not_in_one",
    what: "this node is not part of a swarm",
    fix: 'use "estiba swarm init" to make it the first of a cluster, or "estiba swarm join" to have it join one',
  });
}

/** Whether commands about the cluster are answered here. */
export function isManager(engine: Engine): boolean {
  return readIdentity(engine)?.role === "manager";
}

/** {@link requireIdentity} of a manager. Throws `wrong_state` on a worker. */
export function requireManager(engine: Engine): ManagerIdentity {
  const identity = requireIdentity(engine);
  if (identity.role === "manager") return identity;
  throw new EstibaError("wrong_state", {
    reason: "cluster.not_a_manager",
    what: "this node is not a swarm manager: worker nodes can't be used to view or modify cluster state",
    fix: `run this command on a manager: ${identity.managers.join(", ")}`,
  });
}

/** Throws `wrong_state` when this node is part of a cluster. */
export function requireNoCluster(engine: Engine): void {
  if (readIdentity(engine) === undefined) return;
  throw new EstibaError("wrong_state", {
    reason: "cluster.in_one",
    what: "this node is already part of a swarm",
    fix: 'use "estiba swarm leave" to leave it',
  });
}

/** Whole or not at all; `before` is done when the folder is there, and nothing yet says that the node is in a cluster. */
export function writeIdentity(engine: Engine, identity: Identity, before?: () => void): void {
  mkdirSync(engine.paths.cluster, { recursive: true, mode: 0o700 });
  before?.();
  const draft = `${identityPath(engine)}.new`;
  writeFileSync(draft, JSON.stringify(identity), { mode: 0o600, flush: true });
  renameSync(draft, identityPath(engine));
}

/** Forgets the cluster, with the state that was kept here. */
export function forgetCluster(engine: Engine): void {
  // Who it is first: without that the rest belongs to nobody.
  rmSync(identityPath(engine), { force: true });
  rmSync(engine.paths.cluster, { recursive: true, force: true });
}
