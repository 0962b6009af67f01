import type { Operations } from "../openapi/operation.ts";
import { CONTAINER_OPERATIONS } from "./container/described.ts";
import { SYSTEM_OPERATIONS } from "./described-system.ts";
import { IMAGE_OPERATIONS } from "./image/described.ts";
import { NETWORK_OPERATIONS } from "./network/described.ts";
import { SWARM_OPERATIONS } from "./swarm/described.ts";
import { VOLUME_OPERATIONS } from "./volume/described.ts";

/** All of Docker's routes, as the description tells them. A test holds it against the table of routes. */
export const DOCKER_OPERATIONS: Operations = {
  ...SYSTEM_OPERATIONS,
  ...CONTAINER_OPERATIONS,
  ...IMAGE_OPERATIONS,
  ...NETWORK_OPERATIONS,
  ...VOLUME_OPERATIONS,
  ...SWARM_OPERATIONS,
};
