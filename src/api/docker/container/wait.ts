import { END_CONDITIONS, type EndCondition, waitForEnd } from "../../../engine/wait-end.ts";
import { badRequest } from "../../http/api-error.ts";
import type { Call, Reply } from "../../http/call.ts";
import { namedContainer } from "./find.ts";

/** `POST /containers/{id}/wait`: answered at once, so that the client knows that it may start the container; the body comes at its end. */
export function wait(call: Call): Reply {
  const record = namedContainer(call);
  const asked = call.query.text("condition") ?? "not-running";
  const condition = END_CONDITIONS.find((name) => name === asked);
  if (condition === undefined) throw badRequest(`invalid condition: "${asked}"`);
  const ended = waitForEnd(call.engine, record, { condition: condition satisfies EndCondition, signal: call.signal });
  // Awaited in the stream; until that begins, a failure is no unhandled one.
  ended.catch(() => undefined);
  return {
    status: 200,
    type: "application/json",
    stream: result(ended, () => call.service.attached.delivered(record.id)),
  };
}

async function* result(ended: ReturnType<typeof waitForEnd>, delivered: () => Promise<void>): AsyncGenerator<string> {
  const { code, error } = await ended;
  await delivered();
  yield `${JSON.stringify({ StatusCode: code, ...(error === undefined ? {} : { Error: { Message: error } }) })}\n`;
}
