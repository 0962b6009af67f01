import { printHealth } from "../../engine/health/log.ts";
import type { ContainerSummary } from "../../engine/list.ts";
import { parseSignal } from "../../host/signal.ts";
import type { ContainerState } from "../../state/container.ts";
import { type InspectFacts, inspectContainer } from "../container-inspect.ts";

/** From this version on an entrypoint is a list, and a signal has a name. */
const LISTS_AND_NAMES = 5;

/** `GET /libpod/containers/{name}/json`: what `inspect` shows, in the types of the client's version. Pure. */
export function libpodContainer(
  listed: ContainerSummary,
  facts: InspectFacts,
  podman: number,
): Record<string, unknown> {
  const document = inspectContainer(listed, facts);
  if (podman >= LISTS_AND_NAMES) return document;
  const { process } = listed.record;
  const config = document["Config"] as Record<string, unknown>;
  return {
    ...document,
    Config: { ...config, Entrypoint: process.entrypoint.join(" "), StopSignal: parseSignal(process.stopSignal) },
  };
}

/** `GET /libpod/containers/{name}/healthcheck`: how it stands after this check. Pure. */
export function libpodHealth(state: ContainerState | undefined, outcome: string): Record<string, unknown> {
  const health = state?.health === undefined ? {} : printHealth(state.health);
  return { ...health, Status: outcome };
}
