import { join } from "node:path";
import { isRunning, observe } from "../../../engine/status.ts";
import { resizeTerminal } from "../../../runtime/attach.ts";
import { attachTo } from "../../docker/container/attach.ts";
import { terminalSize } from "../../docker/container/change.ts";
import { notRunning } from "../../docker/container/find.ts";
import { logsOf } from "../../docker/container/logs.ts";
import type { Call, Reply } from "../../http/call.ts";
import { namedContainer } from "../find.ts";

/** `POST /libpod/containers/{name}/attach`: attached unless the client says otherwise. */
export function attach(call: Call): Reply {
  return attachTo(call, namedContainer(call), { streams: true });
}

/** `POST /libpod/containers/{name}/resize`: clients tell the size as soon as they are attached, which is before the start. */
export function resize(call: Call): Reply {
  const record = namedContainer(call);
  const size = terminalSize(call);
  if (isRunning(observe(call.engine, record))) resizeTerminal(join(call.engine.paths.bundles, record.id), size);
  else if (!call.service.begun.keepSize(record.id, size)) throw notRunning(record);
  return { status: 200 };
}

/** `GET /libpod/containers/{name}/logs`: in frames also with a terminal, unlike Docker's. */
export async function logs(call: Call): Promise<Reply> {
  return await logsOf(call, namedContainer(call), true);
}
