import { makeApplying } from "../../compose/apply/applying.ts";
import type { Loaded } from "../../compose/load.ts";
import type { Step } from "../../compose/plan/step.ts";
import { doSteps } from "../../compose/verbs.ts";
import { EstibaError } from "../../lib/error.ts";
import { containersOf } from "./containers.ts";
import type { Session } from "./session.ts";

/** `--wait`: until every container of the project's services runs, or is healthy where it is checked. Throws `timeout` and `wrong_state`. */
export async function waitUntilReady(session: Session, loaded: Loaded, seconds: number | undefined): Promise<void> {
  const naming = session.namingOf(loaded.project.name);
  const finishing = new Set(
    Object.values(loaded.project.services).flatMap(({ depends_on = {} }) =>
      Object.entries(depends_on).flatMap(([name, { condition }]) =>
        condition === "service_completed_successfully" ? [name] : [],
      ),
    ),
  );
  const steps = containersOf(session, loaded.project.name)
    .filter(({ oneOff, helper, service }) => !oneOff && !helper && runsNow(loaded, service))
    .map(({ record, service }): Step => {
      const condition = finishing.has(service) ? "service_completed_successfully" : "running_or_healthy";
      const action = { kind: "wait", service, containers: [record.name], condition, required: true } as const;
      return { id: `ready:${record.id}`, after: [], action };
    });
  const stop = new AbortController();
  const timer = seconds === undefined ? undefined : setTimeout(() => stop.abort(tooLate(seconds)), seconds * 1000);
  try {
    const applying = makeApplying(session.cli.engine(), loaded, { naming });
    await session.show("wait", doSteps(applying, steps, { signal: stop.signal }));
  } finally {
    clearTimeout(timer);
  }
}

// What runs by a schedule is as it should be when it does not run.
function runsNow({ project }: Loaded, name: string): boolean {
  const service = project.services[name];
  return service !== undefined && service["x-estiba"]?.schedule === undefined;
}

function tooLate(seconds: number): EstibaError {
  return new EstibaError("timeout", {
    reason: "compose.not_ready",
    what: `application not healthy after ${seconds}s`,
    fix: "see: estiba compose ps -a",
  });
}
