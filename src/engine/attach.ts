import { join } from "node:path";
import { isAlive } from "../host/process.ts";
import { EstibaError } from "../lib/error.ts";
import { type Attachment, connectAttach } from "../runtime/attach.ts";
import type { ContainerRecord } from "../state/container.ts";
import { findContainer } from "../state/containers.ts";
import { allows } from "./allowed-states.ts";
import { emitContainerEvent } from "./emit-event.ts";
import type { Engine } from "./engine.ts";
import { observe } from "./status.ts";

/** A running container with a connection to its stdio. */
export type Attached = { readonly record: ContainerRecord; readonly attachment: Attachment };

/**
 * Connects to the stdio of a running container; any number may. What was written before is in its log. Takes no lock. Throws `not_found`,
 * `wrong_state` for one that does not run or is paused, `unavailable` when its monitor was killed.
 */
export function attachContainer(
  engine: Engine,
  nameOrId: string,
  connect: (bundle: string) => Attachment = connectAttach,
): Attached {
  const record = findContainer(engine.store, nameOrId);
  const { state, status } = observe(engine, record);
  if (!allows("attach", status)) throw notRunning(record, status);
  if (record.spec.log.driver === "passthrough") throw passedThrough(record);
  if (!isAlive(state?.monitor)) throw noMonitor(record);
  const attachment = connect(join(engine.paths.bundles, record.id));
  emitContainerEvent(engine, record, "attach");
  return { record, attachment };
}

function notRunning({ name }: ContainerRecord, status: string): EstibaError {
  const paused = status === "paused";
  return new EstibaError("wrong_state", {
    reason: paused ? "container.paused" : "container.not_running",
    what: `you can only attach to running containers: "${name}" is ${status}`,
    fix: paused ? `let it go on first: estiba unpause ${name}` : `start it: estiba start --attach ${name}`,
  });
}

function passedThrough({ name }: ContainerRecord): EstibaError {
  return new EstibaError("unsupported", {
    reason: "container.passthrough",
    what: `container "${name}" has the log driver 'passthrough', cannot attach: its stdio is that of the command that started it`,
    fix: "make it with another --log-driver",
  });
}

function noMonitor({ name }: ContainerRecord): EstibaError {
  return new EstibaError("unavailable", {
    reason: "container.no_monitor",
    what: `the monitor of container "${name}" was killed: nobody holds its stdio any more`,
    fix: `start the container anew: estiba restart ${name}`,
  });
}
