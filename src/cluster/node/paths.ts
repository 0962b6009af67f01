import { join } from "node:path";
import type { Engine } from "../../engine/engine.ts";

export function identityPath({ paths }: Engine): string {
  return join(paths.cluster, "node.json");
}

/** The cluster's state, where this manager keeps it itself. */
export function storePath({ paths }: Engine): string {
  return join(paths.cluster, "state.db");
}

/** What secrets and configs are encrypted with; every manager has it. */
export function vaultKeyPath({ paths }: Engine): string {
  return join(paths.cluster, "store.key");
}

/** Held by the node's process as long as it lives. */
export function nodeLockPath({ paths }: Engine): string {
  return join(paths.node, "lock");
}

export function nodePidPath({ paths }: Engine): string {
  return join(paths.node, "pid");
}

/** Where the node listens for commands of this machine. */
export function nodeSocketPath({ paths }: Engine): string {
  return join(paths.node, "node.sock");
}

/** Where a manager connects commands of this machine with nodes. */
export function reachSocketPath({ paths }: Engine): string {
  return join(paths.node, "reach.sock");
}

/** Where the API of this node's tasks answers. */
export function tasksSocketPath({ paths }: Engine): string {
  return join(paths.node, "tasks.sock");
}

/** Why the node's process has ended, where it could not go on. */
export function nodeErrorPath({ paths }: Engine): string {
  return join(paths.node, "error");
}
