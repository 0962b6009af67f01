import { join } from "node:path";
import { attachContainer } from "../../../engine/attach.ts";
import { emitContainerEvent } from "../../../engine/emit-event.ts";
import type { Engine } from "../../../engine/engine.ts";
import { readEvents } from "../../../engine/events.ts";
import { isRunning, observe } from "../../../engine/status.ts";
import { type Attachment, resizeTerminal } from "../../../runtime/attach.ts";
import { openAttachStream } from "../../../runtime/attach-stream.ts";
import { parseDetachKeys } from "../../../runtime/detach-keys.ts";
import type { ContainerRecord } from "../../../state/container.ts";
import { badRequest } from "../../http/api-error.ts";
import type { Call, Hijacked, Reply } from "../../http/call.ts";
import { streamType } from "../../http/frames.ts";
import { joinStdio, type WantedStreams } from "../stdio.ts";
import { isReason, namedContainer, pausedFirst } from "./find.ts";
import { logFrames } from "./logs.ts";

/**
 * `POST /containers/{id}/attach`. A container that does not run yet is waited for: clients attach first and start then, so that they miss
 * nothing.
 */
export function attach(call: Call): Reply {
  return attachTo(call, namedContainer(call), { streams: false });
}

/** `GET /containers/{id}/attach/ws`: never in frames; before 1.42 always all streams. */
export function attachByWebSocket(call: Call): Reply {
  return attachTo(call, namedContainer(call), { streams: false, all: call.version < 42, plain: true });
}

type Missing = {
  readonly streams: boolean;
  /** All streams are wanted, whatever is said of them. */
  readonly all?: boolean;
  readonly plain?: boolean;
};

/** The same for a container that is found; `streams`: what is so where the client does not say whether it wants to be attached. */
export function attachTo(call: Call, record: ContainerRecord, missing: Missing): Reply {
  const { query, engine } = call;
  const wants = (name: string): boolean => missing.all === true || query.flag(name);
  const wanted: WantedStreams = {
    stdin: wants("stdin") && record.spec.interactive,
    stdout: wants("stdout"),
    stderr: wants("stderr"),
  };
  const keys = parseDetachKeys(query.text("detachKeys"));
  const [withLogs, stream] = [query.flag("logs"), query.flag("stream", missing.streams)];
  if (!withLogs && !stream) throw badRequest("either stream or logs must be asked for");
  const { status } = observe(engine, record);
  if (status === "paused") throw pausedFirst(record, "attach");
  const { tty } = record.spec;
  const framed = !tty && missing.plain !== true;
  // From this moment on: the client may start the container as soon as it has our answer.
  const coming = stream && !isRunning({ status }) ? nextAttachment(call, record) : undefined;
  return {
    type: streamType(tty, call.version),
    hijack: async (connection) => {
      if (withLogs) await replay(engine, record, { connection, wanted, framed });
      if (!stream) return;
      using attachment = await (coming ?? presentAttachment(engine, record));
      if (attachment === undefined) return;
      const joined = joinStdio(connection, attachment, { framed, wanted, keys: tty ? keys : [] });
      call.service.attached.add(
        record.id,
        joined.then(() => connection.taken()),
      );
      if ((await joined) === "detached") emitContainerEvent(engine, record, "detach");
    },
  };
}

type Replay = { readonly connection: Hijacked; readonly wanted: WantedStreams; readonly framed: boolean };

async function replay(engine: Engine, record: ContainerRecord, how: Replay): Promise<void> {
  const { connection, wanted, framed } = how;
  const pieces = logFrames(engine, record, { ...wanted, framed, follow: false, signal: connection.signal });
  for await (const piece of pieces) if (!(await connection.write(piece))) return;
}

// It may have ended since it was looked at.
function presentAttachment(engine: Engine, record: ContainerRecord): Attachment | undefined {
  try {
    return attachContainer(engine, record.id, openAttachStream).attachment;
  } catch (error) {
    if (isReason(error, "container.not_running", "container.no_monitor")) return undefined;
    throw error;
  }
}

/** The stdio of the container's next run; undefined when the client has gone, or the container, before that. */
function nextAttachment({ engine, service, signal }: Call, record: ContainerRecord): Promise<Attachment | undefined> {
  const begun = Promise.withResolvers<Attachment | undefined>();
  const done = new AbortController();
  const connect = (bundle: string): void => {
    const size = service.begun.sizeOf(record.id);
    if (!done.signal.aborted) begun.resolve(openAttachStream(bundle));
    if (size !== undefined) resizeTerminal(bundle, size);
    done.abort();
  };
  const expected = service.begun.expect(record.id, connect);
  // Somebody else may start it: another process, which tells nobody here.
  const bundle = join(engine.paths.bundles, record.id);
  watchStart(engine, record, AbortSignal.any([signal, done.signal]))
    .then((how) => {
      if (done.signal.aborted) return;
      if (how === "begins") connect(bundle);
      else begun.resolve(undefined);
    })
    .catch(begun.reject)
    .finally(() => expected[Symbol.dispose]());
  return begun.promise;
}

async function watchStart(engine: Engine, record: ContainerRecord, signal: AbortSignal): Promise<"begins" | "never"> {
  const filters = [`container=${record.id}`, "event=init", "event=start", "event=remove"];
  const events = readEvents(engine, { since: undefined, until: undefined, filters, follow: true, signal });
  for await (const { action } of events) return action === "remove" ? "never" : "begins";
  return "never";
}
