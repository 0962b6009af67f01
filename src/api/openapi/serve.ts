import { DOCKER_OPERATIONS } from "../docker/described.ts";
import { type Handler, ok } from "../http/call.ts";
import { NEWEST } from "../http/dispatch.ts";
import { LIBPOD_OPERATIONS } from "../libpod/described.ts";
import { openApiDocument } from "./document.ts";

/** `GET /openapi.json`: these routes, described. */
export function describe(routes: readonly string[]): Handler {
  return ({ service }) => ok(describeRoutes(routes, service.version));
}

/** The description of the API that these routes are. */
export function describeRoutes(routes: readonly string[], version: string): Record<string, unknown> {
  const operations = { ...DOCKER_OPERATIONS, ...LIBPOD_OPERATIONS };
  return openApiDocument({ version, apiVersion: `1.${NEWEST}`, routes, operations });
}
