import type { TransferProgress } from "../../../engine/receive-layers.ts";
import { describeError } from "../../../lib/error.ts";
import { jsonLines, type Reply } from "../../http/call.ts";

/**
 * Lines of progress as an answer. What fails before the first line is an error with its own status; afterwards it is the last line, for the
 * status is sent.
 */
export async function progressReply(lines: AsyncGenerator): Promise<Reply> {
  const first = await lines.next();
  return jsonLines(withErrors(first, lines));
}

async function* withErrors(first: IteratorResult<unknown, unknown>, lines: AsyncGenerator): AsyncGenerator {
  try {
    for (let next = first; next.done !== true; next = await lines.next()) yield next.value;
  } catch (error) {
    const message = describeError(error);
    yield { errorDetail: { message }, error: message };
  } finally {
    await lines.return(undefined);
  }
}

/** Leaves out steps that would tell the same again; a transfer is told of twice a second at most. */
export function tellsNews(): (progress: TransferProgress) => boolean {
  const told = new Map<string, { phase: string; at: number }>();
  return ({ digest, phase }) => {
    const last = told.get(digest);
    const now = performance.now();
    if (last?.phase === phase && (phase !== "transferring" || now - last.at < PAUSE_MS)) return false;
    told.set(digest, { phase, at: now });
    return true;
  };
}

const PAUSE_MS = 500;
