import type { Loaded } from "../../compose/load.ts";
import { isEstibaError } from "../../lib/error.ts";
import type { NodeClient } from "../door/client.ts";
import type { ServiceSummary } from "../door/wire.ts";
import { serviceName } from "./names.ts";

/** What a deployment does while services wait for each other. */
export type Waiting = {
  /** Resolves when a service is healthy, or has done what it was to do. Throws `wrong_state` when it will not be. */
  readonly waitFor: (id: string) => Promise<void>;
  /** Is told of services that were optional, and are not as they should be. */
  readonly warn: (text: string) => void;
};

/** A service behind those it depends on. The loader has refused circles. */
export function inOrder({ project }: Loaded): string[] {
  const done = new Set<string>();
  const visit = (name: string): void => {
    if (done.has(name) || project.services[name] === undefined) return;
    for (const other of Object.keys(project.services[name].depends_on ?? {})) visit(other);
    done.add(name);
  };
  for (const name of Object.keys(project.services)) visit(name);
  return [...done];
}

/** Whether others wait for a service to do what it is to do. */
export function isAwaitedToEnd({ project }: Pick<Loaded, "project">, name: string): boolean {
  return Object.values(project.services).some(
    ({ depends_on }) => depends_on?.[name]?.condition === "service_completed_successfully",
  );
}

/** Waits until all that a service depends on is healthy, or done, where that is asked. */
export async function waitForOthers(
  ask: NodeClient,
  { project }: Loaded,
  name: string,
  { waitFor, warn }: Waiting,
): Promise<void> {
  for (const [other, { condition, required }] of Object.entries(project.services[name]?.depends_on ?? {})) {
    if (condition === "service_started" || project.services[other] === undefined) continue;
    const path = `/services/${encodeURIComponent(serviceName(project.name, other))}`;
    try {
      await waitFor((await ask<ServiceSummary>("GET", path)).service.id);
    } catch (error) {
      if (required || !isEstibaError(error, "wrong_state")) throw error;
      warn(`optional dependency "${other}" failed to start: ${error.message}`);
    }
  }
}
