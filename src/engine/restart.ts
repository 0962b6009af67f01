import { EstibaError } from "../lib/error.ts";
import type { ContainerRecord } from "../state/container.ts";
import { findContainer } from "../state/containers.ts";
import { allows } from "./allowed-states.ts";
import { emitContainerEvent } from "./emit-event.ts";
import type { Engine } from "./engine.ts";
import type { Launched } from "./launch.ts";
import { startFound } from "./start.ts";
import { observe } from "./status.ts";
import { type StopOptions, type Stopped, stopContainer } from "./stop.ts";

/** A container that was stopped, if it ran, and started again; undefined for one that `init` had made ready. */
export type Restarted = { readonly stopped: Stopped | undefined; readonly launched: Launched };

/**
 * Stops a container, where it runs, and starts it again; one that does not run is started. A container with `autoRemove` stays (killed in
 * between, the command leaves it ended, which `system check` finds). State reached: running. Throws `wrong_state` for a paused one, as
 * Podman does, and what stop and start throw.
 */
export async function restartContainer(
  engine: Engine,
  nameOrId: string,
  options: Omit<StopOptions, "keep"> = {},
): Promise<Restarted> {
  const record = findContainer(engine.store, nameOrId);
  const { status } = observe(engine, record);
  if (!allows("restart", status)) throw paused(record);
  emitContainerEvent(engine, record, "restart");
  const stopped =
    status === "initialized" ? undefined : await stopContainer(engine, record.id, { ...options, keep: true });
  const { attachment, monitor, warnings } = await startFound(engine, record, false);
  return { stopped, launched: { attachment, monitor, warnings } };
}

function paused({ name }: ContainerRecord): EstibaError {
  return new EstibaError("wrong_state", {
    reason: "container.paused",
    what: `unable to restart a container in a paused or unknown state: "${name}" is paused: container state improper`,
    fix: `let it go on first: estiba unpause ${name}`,
  });
}
