import type { Engine } from "../../engine/engine.ts";
import type { RunInit } from "../../engine/pod/start.ts";
import { delayAfter } from "../../engine/restart-policy.ts";
import { isRunning, observe } from "../../engine/status.ts";
import { isEstibaError } from "../../lib/error.ts";
import { pause } from "../../lib/pause.ts";
import type { ContainerRecord } from "../../state/container.ts";
import { getContainer, getState } from "../../state/containers.ts";
import type { PodRecord } from "../../state/pod.ts";

const LOOK_MS = 200;

/** Who hears of an init container that is run again, and how long that goes on. */
export type Retrying = { readonly tell: (text: string) => void; readonly signal: AbortSignal };

/**
 * Runs init containers of a pod until they succeed, with the pauses of other restarts, as far as the pod's policy starts again what has
 * failed; until somebody stops the pod, or the signal is aborted.
 */
export function initRetries(engine: Engine, pod: PodRecord, { tell, signal }: Retrying): RunInit {
  const { name: policy = "no", maxRetries = Number.POSITIVE_INFINITY } = pod.restart ?? {};
  const most = policy === "no" ? 0 : maxRetries;
  return async (member, run) => {
    if (member.spec.pod?.init === "sidecar") {
      await tellingOfRestarts(engine, member, tell, run);
      return;
    }
    let delayMs: number | undefined;
    for (let failures = 1; ; failures++) {
      try {
        await run();
        return;
      } catch (error) {
        const failed = isEstibaError(error, "wrong_state") && error.reason === "pod.init_failed";
        if (!failed || failures > most || isStopped(engine, pod, member)) throw error;
        delayMs = delayAfter(delayMs);
        const { name } = member;
        const code = String(error.details["exitCode"]);
        tell(
          `init container "${name}" exited with code ${code}; it is run again in ${delayMs / 1000} s: estiba logs ${name}`,
        );
        await pause(delayMs, signal);
        if (signal.aborted || isStopped(engine, pod, member)) throw error;
      }
    }
  };
}

/** A sidecar is started again by its policy until its start-up check has passed; whoever waits for that hears of it. */
async function tellingOfRestarts(
  engine: Engine,
  { id, name }: ContainerRecord,
  tell: Retrying["tell"],
  run: () => Promise<void>,
): Promise<void> {
  let restarts = 0;
  let said: string | undefined;
  const timer = setInterval(() => {
    const { restartCount = 0, health } = getState(engine.live, id) ?? {};
    if (restartCount > restarts)
      tell(
        `sidecar container "${name}" is started again: its startupProbe has not passed${said === undefined ? "" : `, it said "${said.trim()}"`}: estiba logs ${name}`,
      );
    restarts = restartCount;
    said = health?.log.at(-1)?.output ?? said;
  }, LOOK_MS);
  try {
    await run();
  } finally {
    clearInterval(timer);
  }
}

function isStopped(engine: Engine, { infraId = "" }: PodRecord, { id }: ContainerRecord): boolean {
  if (getState(engine.live, id)?.ending !== undefined) return true;
  const infra = getContainer(engine.store, infraId);
  return infra === undefined || !isRunning(observe(engine, infra));
}
