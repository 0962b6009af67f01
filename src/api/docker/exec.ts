import { type StartedSession, startSession } from "../../engine/exec-detached.ts";
import { claimExec, defineExec, execStatus, findExec } from "../../engine/exec-instance.ts";
import { type ExecInstance, noteExecEnd } from "../../engine/exec-record.ts";
import { listSessions } from "../../engine/exec-session.ts";
import { isRunning, observe } from "../../engine/status.ts";
import { describeError } from "../../lib/error.ts";
import { resizeTerminalAlone } from "../../runtime/attach.ts";
import { openAttachStream } from "../../runtime/attach-stream.ts";
import { parseDetachKeys } from "../../runtime/detach-keys.ts";
import { getContainer } from "../../state/containers.ts";
import { ApiError, badRequest } from "../http/api-error.ts";
import { type Call, type Hijacked, ok, type Reply } from "../http/call.ts";
import { frame, streamType } from "../http/frames.ts";
import { terminalSize } from "./container/change.ts";
import { isReason, namedContainer, notRunning, pausedFirst } from "./container/find.ts";
import { runtimeWords } from "./container/start.ts";
import { Fields } from "./fields.ts";
import { joinStdio } from "./stdio.ts";

/** `POST /containers/{id}/exec` */
export async function createExec(call: Call): Promise<Reply> {
  const record = namedContainer(call);
  const body = new Fields(await call.json());
  const args = body.words("Cmd");
  if (args.length === 0) throw badRequest("No exec command specified");
  const { status } = observe(call.engine, record);
  if (status === "paused") throw pausedFirst(record, "exec");
  if (!isRunning({ status })) throw notRunning(record);
  const detachKeys = body.text("DetachKeys");
  parseDetachKeys(detachKeys);
  const { id } = defineExec(call.engine, record.id, {
    spec: {
      args,
      env: body.texts("Env"),
      user: body.text("User"),
      workdir: body.text("WorkingDir"),
      tty: body.flag("Tty"),
      privileged: body.flag("Privileged"),
    },
    streams: {
      stdin: body.flag("AttachStdin"),
      stdout: body.flag("AttachStdout"),
      stderr: body.flag("AttachStderr"),
    },
    detachKeys,
  });
  return { status: 201, json: { Id: id } };
}

/** `POST /exec/{id}/start` */
export async function startExec(call: Call): Promise<Reply> {
  const { engine } = call;
  const instance = findExec(engine, call.params["id"] ?? "");
  const body = new Fields(await call.json());
  const record = getContainer(engine.store, instance.containerId);
  if (record === undefined) throw new ApiError(404, `No such container: ${instance.containerId}`);
  const { status } = observe(engine, record);
  if (status === "paused") throw pausedFirst(record, "exec");
  if (!isRunning({ status })) throw notRunning(record);
  claimExec(engine, instance);
  if (body.flag("Detach")) {
    await begin(call, instance, false);
    return { status: 200 };
  }
  const [rows = 0, columns = 0] = consoleSize(body);
  const size = rows > 0 && columns > 0 ? { rows, columns } : true;
  return {
    type: streamType(instance.spec.tty, call.version),
    hijack: async (connection) => await runAttached(call, instance, { connection, size }),
  };
}

function consoleSize(body: Fields): number[] {
  return body.has("ConsoleSize") ? body.numbers("ConsoleSize") : [];
}

type Attach = Parameters<typeof startSession>[2]["attach"];

async function begin({ engine }: Call, instance: ExecInstance, attach: Attach): Promise<StartedSession> {
  const { spec, streams, id, containerId } = instance;
  try {
    const request = { spec, interactive: streams.stdin, attach, pass: [], id, connect: openAttachStream };
    return await startSession(engine, containerId, request);
  } catch (error) {
    noteExecEnd(engine, containerId, { id, exitCode: failureCode(error) });
    throw runtimeWords(error);
  }
}

// As a shell has it, and both peers.
function failureCode(error: unknown): number {
  return isReason(error, "runtime.command_not_found", "runtime.no_workdir") ? 127 : 126;
}

type Attached = { readonly connection: Hijacked; readonly size: Exclude<Attach, false> };

async function runAttached(call: Call, instance: ExecInstance, { connection, size }: Attached): Promise<void> {
  let session: StartedSession;
  try {
    session = await begin(call, instance, size);
  } catch (error) {
    // The status is sent: what went wrong goes where the output would.
    const text = Buffer.from(`${describeError(error)}\r\n`);
    await connection.write(instance.spec.tty ? text : frame("stdout", text));
    return;
  }
  const { attachment } = session;
  if (attachment === undefined) return;
  try {
    const { spec, streams, detachKeys } = instance;
    const how = await joinStdio(connection, attachment, {
      framed: !spec.tty,
      wanted: streams,
      keys: spec.tty ? parseDetachKeys(detachKeys) : [],
    });
    // The exit code is final when the stream closes. Else the exit hook writes it down.
    if (how === "ended") await session.ended();
  } finally {
    attachment[Symbol.dispose]();
  }
}

/** `POST /exec/{id}/resize` */
export async function resizeExec(call: Call): Promise<Reply> {
  const { engine } = call;
  const instance = findExec(engine, call.params["id"] ?? "");
  const size = terminalSize(call);
  const session = listSessions(engine, instance.containerId).find(({ id }) => id === instance.id);
  if (session === undefined) throw badRequest(`exec instance ${instance.id} is not running`);
  await resizeTerminalAlone(session.folder, size);
  return { status: 200 };
}

/** `GET /exec/{id}/json` */
export function inspectExec(call: Call): Reply {
  const instance = findExec(call.engine, call.params["id"] ?? "");
  const { spec, streams } = instance;
  const { running, pid, exitCode } = execStatus(call.engine, instance);
  const [entrypoint = "", ...args] = spec.args;
  return ok({
    ID: instance.id,
    Running: running,
    ExitCode: exitCode ?? null,
    ProcessConfig: { tty: spec.tty, entrypoint, arguments: args, privileged: spec.privileged, user: spec.user ?? "" },
    OpenStdin: streams.stdin,
    OpenStderr: streams.stderr,
    OpenStdout: streams.stdout,
    CanRemove: false,
    ContainerID: instance.containerId,
    DetachKeys: instance.detachKeys ?? "",
    Pid: pid,
  });
}
