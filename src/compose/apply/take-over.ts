import { removeContainer } from "../../engine/remove.ts";
import { startContainer } from "../../engine/start.ts";
import { pause } from "../../lib/pause.ts";
import { TTL_SECONDS } from "../../network/dns/message.ts";
import type { ContainerRecord } from "../../state/container.ts";
import type { Action } from "../plan/step.ts";
import { type Applying, serviceOf } from "./applying.ts";
import { runHook } from "./hooks.ts";
import { writeLinks } from "./links.ts";
import { stopWithHooks } from "./stop.ts";
import { waitForService } from "./wait.ts";

type TakeOver = {
  readonly action: Extract<Action, { kind: "create" }>;
  /** Id of the container whose place is taken. */
  readonly old: string;
  readonly signal: AbortSignal;
};

/**
 * Starts a container beside the one whose place it takes. When it runs, and is healthy where it is checked, the service's host ports,
 * names and fixed addresses are shifted to it, each in one step; then the old one is stopped, within whose stop timeout its connections may end. One that does not become
 * well is taken away again, and the old one serves on.
 */
export async function takeOver(
  applying: Applying,
  record: ContainerRecord,
  { action, old, signal }: TakeOver,
): Promise<void> {
  const { engine } = applying;
  const { service, sharesPorts } = action;
  try {
    writeLinks(applying, service, record.id);
    await startContainer(engine, record.id, false);
    for (const hook of serviceOf(applying, service)?.post_start ?? []) {
      const output = await runHook(engine, record.id, hook, { name: service, signal });
      applying.hookOutput?.(record.name, output);
    }
    const condition = "running_or_healthy";
    await waitForService(engine, { kind: "wait", service, containers: [record.id], condition, required: true }, signal);
    const { prepareShift } = await import("../../engine/network/shift-names.ts");
    await prepareShift(engine, { into: record.id, outOf: old });
  } catch (error) {
    await removeContainer(engine, record.id, { force: true, volumes: true });
    throw error;
  }
  await handOver(applying, { id: record.id, old, service, sharesPorts, signal });
}

type HandOver = {
  /** The container that takes the place. */
  readonly id: string;
  readonly old: string;
  readonly service: string;
  readonly sharesPorts: boolean;
  readonly signal: AbortSignal;
};

/** Gives ports and names of a container to the one that takes its place, and stops it. What was done before is done again, to no effect. */
export async function handOver(applying: Applying, { id, old, service, sharesPorts, signal }: HandOver): Promise<void> {
  const { engine } = applying;
  const { finishShift, shiftNames } = await import("../../engine/network/shift-names.ts");
  const named = await shiftNames(engine, { into: id, outOf: old });
  if (sharesPorts) {
    const { shiftPorts } = await import("../../engine/network/shift-ports.ts");
    await shiftPorts(engine, { into: [id], outOf: [old] });
  }
  // Whoever has asked for the name just before comes to the old one.
  if (named) await pause(TTL_SECONDS * 1000, signal);
  await stopWithHooks(applying, { id: old, service }, signal);
  await finishShift(engine, id);
}
