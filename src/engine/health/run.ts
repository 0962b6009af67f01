import { EstibaError } from "../../lib/error.ts";
import { findContainer } from "../../state/containers.ts";
import type { Engine } from "../engine.ts";
import { observe } from "../status.ts";
import { checkHealth } from "./check.ts";
import { inStartup } from "./pace.ts";

/** How a check that was asked for went, in Podman's words. */
export type HealthOutcome = "healthy" | "unhealthy" | "starting" | "stopped";

/**
 * Makes a container's health check now. `starting`: the start-up check failed; `stopped`: the container ended meanwhile. Throws `not_found`,
 * `wrong_state` when it does not run, `invalid` when it has no check.
 */
export async function runHealthCheck(engine: Engine, nameOrId: string): Promise<HealthOutcome> {
  const { id, name, healthcheck } = findContainer(engine.store, nameOrId);
  const { status, state } = observe(engine, findContainer(engine.store, id));
  if (status !== "running") {
    throw new EstibaError("wrong_state", {
      reason: "container.not_running",
      what: `container ${id} is not running: "${name}" is ${status}`,
      fix: `start it first: estiba start ${name}`,
    });
  }
  if (healthcheck === undefined || state?.health === undefined) {
    throw new EstibaError("invalid", {
      reason: "container.no_healthcheck",
      what: `container ${id} has no defined healthcheck`,
      fix: "make it anew with --health-cmd, or from an image with a HEALTHCHECK",
    });
  }
  const startup = inStartup(healthcheck, state.health);
  const checked = await checkHealth(engine, id, { signal: new AbortController().signal, asked: true });
  if (checked === undefined) return "stopped";
  if (checked.result.exitCode === 0) return "healthy";
  return startup ? "starting" : "unhealthy";
}
