import { readEvents } from "../../engine/events.ts";
import type { EventRecord } from "../../state/events.ts";
import { dockerEvents } from "../../views/docker/event.ts";
import { badRequest } from "../http/api-error.ts";
import { type Call, jsonLines, type Reply } from "../http/call.ts";
import { moment } from "./container/logs.ts";

/** The keys that we can tell; others of Docker's (`daemon`, `plugin`, `service` ...) fit nothing that happens here. */
const KEYS: ReadonlySet<string> = new Set(["container", "event", "image", "label", "network", "pod", "type", "volume"]);
const NEVER: ReadonlySet<string> = new Set(["config", "daemon", "node", "plugin", "scope", "secret", "service"]);

/** `GET /events` */
export function events({ engine, query, signal }: Call): Reply {
  const filters = query.filters();
  const keys = filters.map((text) => text.slice(0, text.indexOf("=")));
  const unknown = keys.find((key) => !KEYS.has(key) && !NEVER.has(key));
  if (unknown !== undefined) throw badRequest(`invalid filter '${unknown}'`);
  const local = filters.filter((text) => text !== "scope=local");
  const impossible = local.some((text) => NEVER.has(text.slice(0, text.indexOf("="))));
  const until = moment(query.text("until"));
  const records = readEvents(engine, {
    since: moment(query.text("since")),
    until,
    filters: local.filter((text) => KEYS.has(text.slice(0, text.indexOf("=")))),
    follow: until === undefined || until > Date.now(),
    signal,
  });
  // Begun before the answer is: what happens right after it is not missed.
  const first = records.next();
  first.catch(() => undefined);
  // One record tells of both steps of an exec.
  const wanted = new Set(local.flatMap((text) => (text.startsWith("event=") ? [text.slice("event=".length)] : [])));
  const other = wanted.has("exec_create") ? "exec_start" : wanted.has("exec_start") ? "exec_create" : undefined;
  const unwanted = impossible ? ANY : other === undefined || wanted.has(other) ? undefined : other;
  return jsonLines(inDockersForm(first, records, unwanted));
}

const ANY = "*";

async function* inDockersForm(
  first: Promise<IteratorResult<EventRecord>>,
  records: AsyncGenerator<EventRecord>,
  unwanted: string | undefined,
): AsyncGenerator {
  try {
    for (let next = await first; next.done !== true; next = await records.next())
      yield* dockerEvents(next.value).filter(({ Action }) => unwanted !== ANY && Action !== unwanted);
  } finally {
    await records.return(undefined);
  }
}
