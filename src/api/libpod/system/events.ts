import { readEvents } from "../../../engine/events.ts";
import type { EventRecord } from "../../../state/events.ts";
import { libpodEvent } from "../../../views/libpod/event.ts";
import { moment } from "../../docker/container/logs.ts";
import { type Call, jsonLines, type Reply } from "../../http/call.ts";

/** `GET /libpod/events` */
export function events({ engine, query, signal, podman }: Call): Reply {
  const [since, until] = [moment(query.text("since")), moment(query.text("until"))];
  const follow = query.flag("stream", true) && (until === undefined || until > Date.now());
  const records = readEvents(engine, { since, until, filters: query.filters(), follow, signal });
  // Begun before the answer is: what happens right after it is not missed.
  const first = records.next();
  first.catch(() => undefined);
  return jsonLines(printed(first, records, podman));
}

async function* printed(
  first: Promise<IteratorResult<EventRecord>>,
  records: AsyncGenerator<EventRecord>,
  podman: number,
): AsyncGenerator {
  try {
    for (let next = await first; next.done !== true; next = await records.next()) {
      const event = libpodEvent(next.value, podman);
      if (event !== undefined) yield event;
    }
  } finally {
    await records.return(undefined);
  }
}
