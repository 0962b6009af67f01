import type { Operations } from "../openapi/operation.ts";
import { BUILD_OPERATIONS } from "./build/described.ts";
import { CONTAINER_OPERATIONS } from "./container/described.ts";
import { STREAM_OPERATIONS } from "./container/described-streams.ts";
import { IMAGE_OPERATIONS } from "./image/described.ts";
import { KUBE_OPERATIONS } from "./kube/described.ts";
import { MANIFEST_OPERATIONS } from "./manifest/described.ts";
import { NETWORK_OPERATIONS } from "./network/described.ts";
import { POD_OPERATIONS } from "./pod/described.ts";
import { SECRET_OPERATIONS } from "./secret/described.ts";
import { SYSTEM_OPERATIONS } from "./system/described.ts";
import { VOLUME_OPERATIONS } from "./volume/described.ts";

/** All of Podman's routes, as the description tells them. A test holds it against the table of routes. */
export const LIBPOD_OPERATIONS: Operations = {
  ...SYSTEM_OPERATIONS,
  ...CONTAINER_OPERATIONS,
  ...STREAM_OPERATIONS,
  ...BUILD_OPERATIONS,
  ...IMAGE_OPERATIONS,
  ...MANIFEST_OPERATIONS,
  ...NETWORK_OPERATIONS,
  ...VOLUME_OPERATIONS,
  ...SECRET_OPERATIONS,
  ...POD_OPERATIONS,
  ...KUBE_OPERATIONS,
};
