import type { Engine } from "../../../engine/engine.ts";
import { logDetails } from "../../../engine/log/details.ts";
import type { LogEntry } from "../../../engine/log/entry.ts";
import { readLog } from "../../../engine/log/read.ts";
import { parseMoment } from "../../../lib/moment.ts";
import type { ContainerRecord } from "../../../state/container.ts";
import { badRequest } from "../../http/api-error.ts";
import type { Call, Reply } from "../../http/call.ts";
import { frame, streamType } from "../../http/frames.ts";
import { namedContainer } from "./find.ts";

/** Which lines of a log are sent, and how. */
export type LogWish = {
  readonly stdout: boolean;
  readonly stderr: boolean;
  readonly follow: boolean;
  readonly signal: AbortSignal;
  readonly tail?: number | undefined;
  readonly timestamps?: boolean;
  readonly since?: number | undefined;
  readonly until?: number | undefined;
  readonly details?: string;
  /** Whose line it is stands before every piece of a long one, too. */
  readonly detailsAlways?: boolean;
  /** Undefined: unless there is a terminal. */
  readonly framed?: boolean;
};

/** `GET /containers/{id}/logs` */
export async function logs(call: Call): Promise<Reply> {
  return await logsOf(call, namedContainer(call));
}

/** The same for a container that is found; `framed`: whether each piece says its stream, which usually those with a terminal do not. */
export async function logsOf(call: Call, record: ContainerRecord, framed: boolean = !record.spec.tty): Promise<Reply> {
  const wish: LogWish = {
    ...wishOf(call),
    details: call.query.flag("details") ? `${await logDetails(record)} ` : "",
    framed,
  };
  return {
    status: 200,
    type: streamType(!framed, call.version),
    stream: logFrames(call.engine, record, wish),
  };
}

/** What a request for logs asks for. Throws 400. */
export function wishOf({ query, signal }: Call): LogWish {
  const [stdout, stderr] = [query.flag("stdout"), query.flag("stderr")];
  if (!stdout && !stderr) throw badRequest("Bad parameters: you must choose at least one stream");
  const until = moment(query.text("until"));
  return {
    stdout,
    stderr,
    follow: query.flag("follow"),
    tail: tailOf(query.text("tail")),
    timestamps: query.flag("timestamps"),
    since: moment(query.text("since")),
    // Go's zero time is none.
    until: until !== undefined && until <= 0 ? undefined : until,
    signal,
  };
}

/** A time as clients send it: seconds with a fraction, or RFC 3339. Throws 400. */
export function moment(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const at = parseMoment(text, "before", Date.now());
  if (at === undefined) throw badRequest(`invalid value for a time: "${text}"`);
  return at;
}

function tailOf(text: string | undefined): number | undefined {
  if (text === undefined || text === "all" || /^-\d+$/.test(text)) return undefined;
  if (/^\d+$/.test(text)) return Number(text);
  throw badRequest(`invalid value for tail: "${text}"`);
}

/** The log as the body of an answer: in frames, or as it is. */
export async function* logFrames(engine: Engine, record: ContainerRecord, wish: LogWish): AsyncGenerator<Uint8Array> {
  const stop = new AbortController();
  const { until = Number.POSITIVE_INFINITY } = wish;
  const signal = AbortSignal.any([wish.signal, stop.signal]);
  const follow = wish.follow && until > Date.now();
  const timer =
    follow && until !== Number.POSITIVE_INFINITY ? setTimeout(() => stop.abort(), until - Date.now()) : undefined;
  try {
    const take = pieceMaker(wish, !(wish.framed ?? !record.spec.tty));
    for await (const entries of readLog(engine, record, { follow, tail: wish.tail, signal })) {
      const { bytes, over } = take(entries);
      if (bytes.length > 0) yield bytes;
      if (over) return;
    }
  } finally {
    clearTimeout(timer);
  }
}

type Taken = { readonly bytes: Uint8Array /** What follows is later than was asked for. */; readonly over: boolean };

/** Makes the body of an answer of the entries of one log, as they come. */
export function pieceMaker(wish: LogWish, tty: boolean): (entries: readonly LogEntry[]) => Taken {
  const { until = Number.POSITIVE_INFINITY, since = 0 } = wish;
  const midLine = { stdout: false, stderr: false };
  return (entries) => {
    const pieces: Uint8Array[] = [];
    for (const entry of entries) {
      if (!wish[entry.stream]) continue;
      const at = Date.parse(entry.time);
      if (at > until) return { bytes: Buffer.concat(pieces), over: true };
      if (at < since) continue;
      const continues = midLine[entry.stream] && wish.detailsAlways !== true;
      pieces.push(pieceOf(entry, { wish, tty, continues }));
      midLine[entry.stream] = entry.partial;
    }
    return { bytes: Buffer.concat(pieces), over: false };
  };
}

type PieceOptions = { readonly wish: LogWish; readonly tty: boolean; readonly continues: boolean };

function pieceOf(entry: LogEntry, { wish, tty, continues }: PieceOptions): Uint8Array {
  // Go writes UTC as Z.
  const time = wish.timestamps === true ? `${entry.time.replace(/[+-]00:00$/, "Z")} ` : "";
  const prefix = continues ? "" : `${time}${wish.details ?? ""}`;
  const bytes = Buffer.concat([Buffer.from(prefix), entry.text, entry.partial ? NOTHING : NEWLINE]);
  return tty ? bytes : frame(entry.stream, bytes);
}

const NEWLINE: Uint8Array = Buffer.from("\n");
const NOTHING: Uint8Array = Buffer.alloc(0);
