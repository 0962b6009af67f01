import { createNetwork } from "../../engine/network/create.ts";
import { removeNetwork } from "../../engine/network/remove.ts";
import { pauseContainer, unpauseContainer } from "../../engine/pause.ts";
import { removeContainer } from "../../engine/remove.ts";
import { removeImage } from "../../engine/remove-image.ts";
import { renameContainer } from "../../engine/rename.ts";
import { restartContainer } from "../../engine/restart.ts";
import { startContainer } from "../../engine/start.ts";
import { killContainer } from "../../engine/stop.ts";
import { createVolume } from "../../engine/volume/create.ts";
import { removeVolume } from "../../engine/volume/remove.ts";
import { isEstibaError } from "../../lib/error.ts";
import type { Action, Step } from "../plan/step.ts";
import type { NetworkConfig, VolumeConfig } from "../project.ts";
import { networkSpecOf, volumeSpecOf } from "../spec/resources-of-project.ts";
import { type Applying, serviceOf } from "./applying.ts";
import { createReplica, finishReplica } from "./create.ts";
import { runHook } from "./hooks.ts";
import { writeLinks } from "./links.ts";
import type { PodAction } from "./pod.ts";
import type { DoStep } from "./run-steps.ts";
import { stopWithHooks } from "./stop.ts";
import { waitForService } from "./wait.ts";

type Of<K extends Action["kind"]> = Extract<Action, { kind: K }>;

/** Does steps of a plan through the engine. What is done already, or gone already, counts as done. */
export function stepDoer(applying: Applying): DoStep {
  return async ({ action }: Step, signal, warn) => {
    switch (action.kind) {
      case "wait":
        return await waitGently(applying, action, { signal, warn });
      case "pull":
      case "build":
        return await applying.images(action, { signal, warn });
      case "create-pod":
      case "remove-pod":
      case "stop-pod":
        return await (await import("./pod.ts")).doPod(applying, action);
      case "remove-network":
      case "remove-volume":
      case "remove-image":
        return await removeResource(applying, action, warn);
      case "pause":
      case "unpause":
        await (action.kind === "pause" ? pauseContainer : unpauseContainer)(applying.engine, action.id);
        return undefined;
      default:
        return await doPlain(applying, action, { signal, warn });
    }
  };
}

type Plain = Exclude<
  Action,
  {
    kind:
      | PodAction["kind"]
      | "wait"
      | "remove-network"
      | "remove-volume"
      | "remove-image"
      | "pause"
      | "unpause"
      | "pull"
      | "build";
  }
>;
type How = { readonly signal: AbortSignal; readonly warn: (text: string) => void };

async function doPlain(applying: Applying, action: Plain, { signal, warn }: How): Promise<undefined> {
  const { engine, loaded } = applying;
  switch (action.kind) {
    case "create-network": {
      const config = loaded.project.networks[action.key] as NetworkConfig;
      createNetwork(engine, networkSpecOf(loaded, action.key, config));
      return;
    }
    case "create-volume": {
      const config = loaded.project.volumes[action.key] as VolumeConfig;
      createVolume(engine, volumeSpecOf(loaded, action.key, { ...config, name: action.name }));
      return;
    }
    case "create":
      await createReplica(applying, action, signal);
      return;
    case "start":
      await start(applying, action, { signal, warn });
      return;
    case "schedule":
      (await import("../../engine/schedule/arm.ts")).armSchedule(engine, action.name, action.schedule);
      return;
    case "stop":
      await unlessGone(async () => await stopWithHooks(applying, action, signal));
      return;
    case "restart":
      await restartContainer(engine, action.id, { timeoutSeconds: applying.timeoutSeconds });
      return;
    case "kill":
      await killContainer(engine, action.id, applying.killSignal ?? "SIGKILL");
      return;
    case "remove":
      await unlessGone(async () => await removeContainer(engine, action.id, { force: true, volumes: action.volumes }));
      return;
    case "take-over":
      await finishReplica(applying, action, signal);
      return;
    case "rename":
      await renameContainer(engine, action.id, action.name);
      return;
    case "keep":
      return;
    case "pre-start":
      await (await import("./pre-start.ts")).runPreStart(applying, action.service, signal);
      return;
    case "provider":
      await (await import("./provider.ts")).runProvider(applying, action, { signal, warn });
      return;
  }
}

async function start(applying: Applying, { service, name }: Of<"start">, { signal, warn }: How): Promise<void> {
  writeLinks(applying, service, name);
  const { record, warnings, wasRunning } = await startContainer(applying.engine, name, false);
  for (const warning of warnings) warn(warning);
  if (wasRunning) return;
  for (const hook of serviceOf(applying, service)?.post_start ?? []) {
    const output = await runHook(applying.engine, record.id, hook, { name: service, signal });
    applying.hookOutput?.(record.name, output);
  }
}

/** What a dependent can do without is only worth a warning. */
async function waitGently(applying: Applying, action: Of<"wait">, { signal, warn }: How): Promise<string> {
  try {
    return await waitForService(applying.engine, action, signal);
  } catch (error) {
    if (action.required || !isEstibaError(error)) throw error;
    warn(`optional dependency "${action.service}" failed to start: ${error.message}`);
    return "Skipped";
  }
}

type Resource = Of<"remove-network"> | Of<"remove-volume"> | Of<"remove-image">;

async function removeResource(
  { engine }: Applying,
  { kind, name }: Resource,
  warn: (text: string) => void,
): Promise<string | undefined> {
  try {
    if (kind === "remove-network") await removeNetwork(engine, name, { force: false });
    else if (kind === "remove-volume") await removeVolume(engine, name, { force: false });
    else await removeImage(engine, name, { force: false });
    return undefined;
  } catch (error) {
    if (isEstibaError(error, "not_found")) return undefined;
    if (!isEstibaError(error, "in_use", "conflict")) throw error;
    warn(error.message);
    return "Resource is still in use";
  }
}

async function unlessGone(work: () => Promise<unknown>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!isEstibaError(error, "not_found")) throw error;
  }
}
