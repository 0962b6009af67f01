import { type Applying, makeApplying } from "../../compose/apply/applying.ts";
import { observeProject } from "../../compose/apply/world.ts";
import { withoutFile } from "../../compose/down.ts";
import type { Loaded } from "../../compose/load.ts";
import type { Naming } from "../../compose/plan/names.ts";
import type { ObservedContainer, ObservedState } from "../../compose/plan/observed.ts";
import type { Step } from "../../compose/plan/step.ts";
import { doSteps } from "../../compose/verbs.ts";
import { catchInterrupt } from "../image/interrupt.ts";
import { serviceContainers } from "./containers.ts";
import type { Session } from "./session.ts";

/** The containers that a verb acts on, and their project. */
export type Chosen = {
  readonly loaded: Loaded | undefined;
  readonly naming: Naming;
  readonly containers: readonly ObservedContainer[];
  /** All that there is of it. */
  readonly observed: ObservedState;
};

/** The replicas of the services named, or of all. Without a file the project's containers say which services there are. */
export async function chooseContainers(session: Session, services: readonly string[]): Promise<Chosen> {
  const { loaded, naming } = await session.loadIfThere();
  const chosen = serviceContainers(session, { project: naming.project, loaded }, services);
  const ids = new Set(chosen.map(({ record }) => record.id));
  const known = (service: string): boolean => loaded === undefined || loaded.declaredServices.includes(service);
  const observed = observeProject(session.cli.engine(), naming.project);
  const containers = observed.containers.filter(({ id, service }) => ids.has(id) && known(service));
  return { loaded, naming, containers, observed };
}

/** Does steps and shows how they go; Ctrl-C ends them. */
export async function act(
  session: Session,
  { loaded, naming }: Pick<Chosen, "loaded" | "naming">,
  steps: readonly Step[],
  given: Pick<Applying, "timeoutSeconds" | "killSignal"> & { readonly title: string },
): Promise<void> {
  using interrupt = catchInterrupt();
  const { title, ...rest } = given;
  const project = loaded ?? withoutFile(naming.project);
  const applying = makeApplying(session.cli.engine(), project, { naming, ...rest });
  const { dryRunSteps } = await import("./dry-run.ts");
  const { signal } = interrupt;
  await session.show(title, session.dryRun ? dryRunSteps(steps) : doSteps(applying, steps, { signal }));
}
