import type { Engine } from "../../engine/engine.ts";
import { summarize } from "../../engine/list.ts";
import { waitForExit } from "../../engine/wait.ts";
import { waitForCondition } from "../../engine/wait-condition.ts";
import { EstibaError, isEstibaError } from "../../lib/error.ts";
import type { ContainerRecord } from "../../state/container.ts";
import { findContainer, getState } from "../../state/containers.ts";
import type { Action } from "../plan/step.ts";

type Wait = Extract<Action, { kind: "wait" }>;

/** Beside the events that wake at once. */
const RECHECK_MS = 1000;

/** Waits until every container of a service is what its dependents need. Throws `wrong_state` when that cannot come any more. */
export async function waitForService(engine: Engine, action: Wait, signal: AbortSignal): Promise<string> {
  const words = await Promise.all(
    action.containers.map(async (name) => {
      const record = findContainer(engine.store, name);
      if (action.condition === "service_completed_successfully") return await waitForCompletion(engine, record, signal);
      const healthy = action.condition === "service_healthy" || record.healthcheck !== undefined;
      return healthy ? await waitForHealth(engine, record, signal) : requireRunning(engine, record);
    }),
  );
  return words[0] ?? "Started";
}

async function waitForCompletion(engine: Engine, record: ContainerRecord, signal: AbortSignal): Promise<string> {
  const { code } = await waitForExit(engine, record.id, { signal });
  if (code === 0) return "Exited";
  throw new EstibaError("wrong_state", {
    reason: "compose.dependency_failed",
    what: `service "${record.labels["com.docker.compose.service"] ?? ""}" didn't complete successfully: exit ${code}`,
    fix: `look at its output: estiba logs ${record.name}`,
  });
}

async function waitForHealth(engine: Engine, record: ContainerRecord, signal: AbortSignal): Promise<string> {
  if (record.healthcheck === undefined) {
    throw new EstibaError("invalid", {
      reason: "compose.no_healthcheck",
      what: `container ${record.name} has no healthcheck configured`,
      fix: "give the service a healthcheck, or wait for service_started",
    });
  }
  try {
    await waitForCondition(engine, record.id, { conditions: ["healthy", "unhealthy"], intervalMs: RECHECK_MS, signal });
  } catch (error) {
    if (!isEstibaError(error, "wrong_state")) throw error;
    const { exit } = summarize(engine, record, getState(engine.live, record.id));
    throw failed(`container ${record.name} exited (${exit?.code ?? 0})`);
  }
  if (getState(engine.live, record.id)?.health?.status === "healthy") return "Healthy";
  throw failed(`container ${record.name} is unhealthy`);
}

function requireRunning(engine: Engine, record: ContainerRecord): string {
  const { status, exit } = summarize(engine, record, getState(engine.live, record.id));
  if (status === "running") return "Started";
  throw failed(`container ${record.name} exited (${exit?.code ?? 0})`);
}

function failed(what: string): EstibaError {
  return new EstibaError("wrong_state", { reason: "compose.dependency_failed", what });
}
