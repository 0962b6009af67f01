import { DOCKER_ROUTES } from "./docker/routes.ts";
import type { Route } from "./http/router.ts";
import { LIBPOD_ROUTES } from "./libpod/routes.ts";

/** All that is served. */
export const ROUTES: readonly Route[] = [
  ["GET /openapi.json", async () => (await import("./openapi/serve.ts")).describe(ROUTES.map(([pattern]) => pattern))],
  ...DOCKER_ROUTES,
  ...LIBPOD_ROUTES,
];
