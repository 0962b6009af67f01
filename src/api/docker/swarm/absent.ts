import { ApiError } from "../../http/api-error.ts";
import type { Call, Reply } from "../../http/call.ts";
import { askManager } from "./ask.ts";

/** What the cluster has not yet. */
export async function absent(call: Call): Promise<Reply> {
  await askManager(call);
  throw new ApiError(501, "the cluster has no secrets and configs yet");
}
