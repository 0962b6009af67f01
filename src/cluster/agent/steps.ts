import { createContainer } from "../../engine/create.ts";
import type { Engine } from "../../engine/engine.ts";
import { type ContainerSummary, summarize } from "../../engine/list.ts";
import { startContainer } from "../../engine/start.ts";
import { isRunning } from "../../engine/status.ts";
import { stopContainer } from "../../engine/stop.ts";
import { waitForExit } from "../../engine/wait.ts";
import { isAlive } from "../../host/process.ts";
import { describeError, isEstibaError } from "../../lib/error.ts";
import { pause } from "../../lib/pause.ts";
import type { ContainerRecord } from "../../state/container.ts";
import { getContainer, getState } from "../../state/containers.ts";
import { asksOf } from "../model/format.ts";
import { hasEnded, TASK_RANK } from "../model/task.ts";
import { fileUses, layOutFiles } from "./files.ts";
import { provideTaskImage } from "./image.ts";
import { joinNetworks, requireClusterNetworks } from "./networks/join.ts";
import { taskSpec } from "./task-spec.ts";
import { type Held, inTurn, say, type Workshop } from "./workshop.ts";

/** Between the last new connection and the stop signal. */
const FAREWELL_MS = 2_000;

/** Brings a task that is to run as far as it can come now: image, container, start, health; or tells how it has ended. */
export async function advance(shop: Workshop, held: Held): Promise<void> {
  if (hasEnded(held)) return;
  const summary = lookAt(shop.engine, held) ?? (await prepare(shop, held));
  if (summary === undefined || held.assignment.task.desired === "ready") return;
  // Nothing is known of it any more, but that it ran: the machine was started anew. A task never begins a second time.
  if (summary.status === "created" && held.status.state === "running")
    return say(shop, held, { state: "failed", message: "started", error: "its machine was started anew" });
  const begun = summary.status === "created" ? await begin(shop, held, summary.record) : summary;
  if (begun === undefined) return;
  await joinNetworks(shop, held, begun);
  await tell(shop, held, begun);
}

/** Stops a task that is not to run any more. */
export async function halt(shop: Workshop, held: Held): Promise<void> {
  const summary = lookAt(shop.engine, held);
  if (summary !== undefined && (isRunning(summary) || summary.status === "restarting")) {
    await leavePorts(shop.engine, summary.record);
    // What came in just before is answered before the stop signal.
    if (sharesPorts(summary.record) || held.assignment.networks.length > 0) await pause(FAREWELL_MS, shop.signal);
    if (shop.signal.aborted) return;
    await unlessGone(async () => await stopContainer(shop.engine, summary.record.id));
  }
  say(shop, held, { state: "shutdown", message: "shutdown" });
}

function lookAt(engine: Engine, { containerId }: Held): ContainerSummary | undefined {
  const record = containerId === undefined ? undefined : getContainer(engine.store, containerId);
  return record === undefined ? undefined : summarize(engine, record, getState(engine.live, record.id));
}

async function prepare(shop: Workshop, held: Held): Promise<ContainerSummary | undefined> {
  const { task, container, serviceName } = held.assignment;
  if (TASK_RANK[held.status.state] >= TASK_RANK.ready) {
    say(shop, held, { state: "failed", message: "started", error: "its container was removed" });
    return undefined;
  }
  if (container === undefined) {
    say(shop, held, { state: "rejected", message: "preparing", error: "the spec it was made from is no longer kept" });
    return undefined;
  }
  const { unknown } = asksOf({ container });
  if (unknown.length > 0) {
    say(shop, held, { state: "rejected", message: "preparing", error: notKnown(unknown) });
    return undefined;
  }
  say(shop, held, { state: "accepted", message: "accepted" });
  say(shop, held, { state: "preparing", message: "preparing" });
  try {
    // Not in turn: a registry that does not answer is to keep nobody else waiting.
    await provideTaskImage(shop.engine, container.image, held.preparing.signal);
    return await inTurn(shop, async () => {
      held.preparing.signal.throwIfAborted();
      const { networks, serviceLabels } = held.assignment;
      requireClusterNetworks(shop.engine, networks);
      const secrets = fileUses(shop.engine, held.assignment);
      const spec = taskSpec(container, { task, serviceName, networks, serviceLabels });
      const record = await createContainer(shop.engine, secrets.length === 0 ? spec : { ...spec, secrets });
      held.containerId = record.id;
      say(shop, held, { state: "ready", message: "prepared" });
      return lookAt(shop.engine, held);
    });
  } catch (error) {
    // It is stopped instead, which is seen to next.
    if (!held.preparing.signal.aborted)
      say(shop, held, { state: "rejected", message: "preparing", error: describeError(error) });
    return undefined;
  }
}

// A later version would heed it: to leave it out in silence would be another container.
function notKnown(parts: readonly string[]): string {
  return `this node is of an earlier version, which does not know ${parts.join(", ")}: install the one of the managers`;
}

async function begin(shop: Workshop, held: Held, { id }: ContainerRecord): Promise<ContainerSummary | undefined> {
  // What was killed on the way here has said so already, and begins again.
  say(shop, held, { state: "starting", message: "starting" });
  try {
    using _files = layOutFiles(shop.engine, held.assignment);
    await inTurn(
      shop,
      async () => await startContainer(shop.engine, id, false, { ready: () => shop.networks.prepare(id) }),
    );
  } catch (error) {
    say(shop, held, { state: "failed", message: "starting", error: describeError(error) });
    return undefined;
  }
  return lookAt(shop.engine, held);
}

async function tell(shop: Workshop, held: Held, { record, status, state }: ContainerSummary): Promise<void> {
  if (isRunning({ status })) {
    // Nobody would write down how it ends, or what it prints.
    if (state?.monitor !== undefined && !isAlive(state.monitor))
      return await endFailed(shop, held, { record, error: "task: its monitor (conmon) was killed" });
    const health = record.healthcheck === undefined ? "healthy" : state?.health?.status;
    if (health === "unhealthy") return await endFailed(shop, held, { record, error: "task: unhealthy container" });
    if (health !== "healthy" || held.status.state === "running") return;
    await joinPorts(shop.engine, record);
    return say(shop, held, { state: "running", message: "started" });
  }
  if (status !== "exited") return;
  // Its monitor may be about to write down how.
  const exit = await waitForExit(shop.engine, record.id);
  const exitCode = exit.code;
  if (exitCode === 0) return say(shop, held, { state: "complete", message: "finished", exitCode });
  const error = exit.error ?? `task: non-zero exit (${exitCode})${exit.oomKilled ? ": out of memory" : ""}`;
  say(shop, held, { state: "failed", message: "started", error, exitCode });
}

type Failing = { readonly record: ContainerRecord; readonly error: string };

/** Ends a container that runs, and is not what it should be. */
async function endFailed(shop: Workshop, held: Held, { record, error }: Failing): Promise<void> {
  await leavePorts(shop.engine, record);
  await unlessGone(async () => await stopContainer(shop.engine, record.id));
  say(shop, held, { state: "failed", message: "started", error });
}

function sharesPorts({ spec }: ContainerRecord): boolean {
  return spec.ports.some(({ share }) => share !== undefined);
}

async function joinPorts(engine: Engine, record: ContainerRecord): Promise<void> {
  if (sharesPorts(record)) await shift(engine, { into: [record.id], outOf: [] });
}

// Before it is told to end: no new connection finds it, and those that it has may end.
async function leavePorts(engine: Engine, record: ContainerRecord): Promise<void> {
  if (sharesPorts(record)) await shift(engine, { into: [], outOf: [record.id] });
}

async function shift(engine: Engine, ports: { into: string[]; outOf: string[] }): Promise<void> {
  const { shiftPorts } = await import("../../engine/network/shift-ports.ts");
  await unlessGone(async () => await shiftPorts(engine, ports));
}

async function unlessGone(work: () => Promise<unknown>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!isEstibaError(error, "not_found")) throw error;
  }
}
