import { WAIT_CONDITIONS, type WaitCondition, waitForCondition } from "../../../engine/wait-condition.ts";
import { parseDuration } from "../../../lib/duration.ts";
import { isEstibaError } from "../../../lib/error.ts";
import { recallExit } from "../../../state/finished.ts";
import { badRequest } from "../../http/api-error.ts";
import { type Call, ok, type Reply } from "../../http/call.ts";

const INTERVAL_MS = 250;

/** `POST /libpod/containers/{name}/wait`: the exit code, alone. */
export async function wait({ engine, params, query, signal }: Call): Promise<Reply> {
  const name = params["name"] ?? "";
  const conditions = query.all("condition").filter(Boolean).map(conditionOf);
  const intervalMs = intervalOf(query.text("interval"));
  try {
    const wish = { conditions: conditions.length === 0 ? (["stopped"] as const) : conditions, intervalMs, signal };
    return ok(await waitForCondition(engine, name, wish));
  } catch (error) {
    // One that removes itself may be gone before its client asks how it ended.
    const exit = isEstibaError(error, "not_found") ? recallExit(engine.live, name) : undefined;
    if (exit === undefined) throw error;
    return ok(exit.code);
  }
}

function conditionOf(text: string): WaitCondition {
  const condition = WAIT_CONDITIONS.find((name) => name === text);
  if (condition !== undefined) return condition;
  throw badRequest(`unknown container state: ${text}: invalid argument`);
}

function intervalOf(text: string | undefined): number {
  if (text === undefined) return INTERVAL_MS;
  const ms = /^\d+$/.test(text) ? Number(text) : parseDuration(text);
  if (ms === undefined || ms < 1) throw badRequest(`invalid interval "${text}"`);
  return ms;
}
