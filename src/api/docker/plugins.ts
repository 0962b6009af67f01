import { ApiError } from "../http/api-error.ts";
import { type Call, ok, type Reply } from "../http/call.ts";

/** `GET /plugins`: there are none, and asking is no mistake. */
export function listPlugins(): Reply {
  return ok([]);
}

/** `GET /plugins/{name}/json`: a client that looks for anything of a name asks here, too. */
export function inspectPlugin({ params }: Call): Reply {
  throw new ApiError(404, `plugin "${params["name"] ?? ""}" not found`);
}
