import { type Applying, makeApplying } from "../../compose/apply/applying.ts";
import { observeProject } from "../../compose/apply/world.ts";
import type { Loaded } from "../../compose/load.ts";
import type { ObservedContainer } from "../../compose/plan/observed.ts";
import { planVerb, withPods } from "../../compose/plan/plan-verbs.ts";
import { doSteps } from "../../compose/verbs.ts";
import type { Session } from "./session.ts";

type Stopping = {
  /** Only these; undefined for all. */
  readonly services: readonly string[] | undefined;
  readonly timeoutSeconds: number | undefined;
  readonly hookOutput?: Applying["hookOutput"];
  readonly signal: AbortSignal;
};

/** Stops the project's containers, or those of some services, dependents first, and shows how it goes. */
export async function stopProject(session: Session, loaded: Loaded, stopping: Stopping): Promise<void> {
  const naming = session.namingOf(loaded.project.name);
  const engine = session.cli.engine();
  const observed = observeProject(engine, naming.project);
  const { services, timeoutSeconds, hookOutput, signal } = stopping;
  const meant = observed.containers.filter(({ service }) => services === undefined || services.includes(service));
  const steps = withPods(observed, planVerb("stop", meant.filter(wasStarted)));
  const applying = makeApplying(engine, loaded, { naming, timeoutSeconds, hookOutput });
  await session.show("stop", doSteps(applying, steps, { signal }));
}

/** Whether it may be stopped, or its schedule: one that has ended is so already, and says so. */
export function wasStarted({ status, schedule }: Pick<ObservedContainer, "status" | "schedule">): boolean {
  return status !== "created" || schedule !== undefined;
}

/** Whether there is anything to be stopped. */
export function hasProcess({ status }: Pick<ObservedContainer, "status">): boolean {
  return status !== "created" && status !== "exited";
}
