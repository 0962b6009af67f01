import { askNode, type NodeClient } from "../../../cluster/door/client.ts";
import { ApiError, badRequest } from "../../http/api-error.ts";
import type { Call } from "../../http/call.ts";
import { isReason } from "../container/find.ts";

const OUTSIDE =
  'This node is not a swarm manager. Use "docker swarm init" or "docker swarm join" to connect this node to swarm and try again.';
const WORKER =
  "This node is not a swarm manager. Worker nodes can't be used to view or modify cluster state. Please run this command on a manager node or promote the current node to a manager.";

/** The way to this machine's manager. Throws 503, in the words that clients look for, where there is none. */
export async function askManager({ engine }: Pick<Call, "engine">): Promise<NodeClient> {
  try {
    return await askNode(engine);
  } catch (error) {
    if (isReason(error, "cluster.not_in_one")) throw new ApiError(503, OUTSIDE);
    if (isReason(error, "cluster.not_a_manager")) throw new ApiError(503, WORKER);
    throw error;
  }
}

/** A name of the path as a part of the node's. */
export function named({ params }: Call): string {
  return encodeURIComponent(params["id"] ?? "");
}

/** `version`: what the change was made from. Throws 400 where it is missing, as Docker does. */
export function versionOf({ query }: Call, kind: string): number {
  const version = query.integer("version");
  if (version !== undefined && version >= 0) return version;
  throw badRequest(`invalid ${kind} version '${query.text("version") ?? ""}': a version number is needed`);
}
