import { ApiError } from "../http/api-error.ts";
import type { Handler } from "../http/call.ts";
import type { Route } from "../http/router.ts";

/** What only a swarm has. */
export const SWARM_GROUPS: readonly string[] = ["swarm", "nodes", "services", "tasks", "secrets", "configs"];
export const SWARM_METHODS: readonly string[] = ["GET", "POST", "DELETE"];

/** Answered as by an engine outside of a swarm: clients look for this text. */
export const SWARM_ROUTES: readonly Route[] = SWARM_GROUPS.flatMap((group) =>
  SWARM_METHODS.flatMap((method): Route[] => [
    [`${method} /${group}`, load],
    [`${method} /${group}/{rest*}`, load],
  ]),
);

async function load(): Promise<Handler> {
  return () => {
    throw new ApiError(
      503,
      'This node is not a swarm manager. Use "docker swarm init" or "docker swarm join" to connect this node to swarm and try again.',
    );
  };
}
