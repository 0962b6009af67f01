import { projectContainers } from "../../compose/apply/world.ts";
import type { Loaded } from "../../compose/load.ts";
import { LABELS } from "../../compose/plan/names.ts";
import type { ContainerSummary } from "../../engine/list.ts";
import { EstibaError } from "../../lib/error.ts";
import { nearest } from "../../lib/nearest.ts";
import { getDueRun } from "../../state/schedules.ts";
import type { Session } from "./session.ts";

/** A container of a project, with what its labels say. */
export type ProjectContainer = ContainerSummary & {
  readonly service: string;
  readonly number: number;
  readonly oneOff: boolean;
  /** It runs a hook for a service. */
  readonly helper: boolean;
  /** When its schedule starts it next, in milliseconds since the epoch; undefined where none is in force. */
  readonly dueAt?: number;
};

/** Every container of a project, by name. */
export function containersOf({ cli }: Session, project: string): ProjectContainer[] {
  return projectContainers(cli.engine(), project)
    .map((summary) => {
      const { id, labels, spec } = summary.record;
      const dueAt = spec.schedule === undefined ? undefined : getDueRun(cli.engine().store, id);
      return {
        ...summary,
        service: labels[LABELS.service] ?? "",
        number: Number(labels[LABELS.number] ?? 0),
        oneOff: labels[LABELS.oneOff] === "True",
        helper: labels[LABELS.hook] !== undefined,
        ...(dueAt === undefined ? {} : { dueAt }),
      };
    })
    .toSorted(
      (a, b) => (a.service === b.service ? a.number - b.number : 0) || (a.record.name < b.record.name ? -1 : 1),
    );
}

/** The containers of the services named, or of all; without one-offs and helpers. Throws `not_found` for a name that is no service. */
export function serviceContainers(
  session: Session,
  { project, loaded }: { readonly project: string; readonly loaded: Loaded | undefined },
  services: readonly string[],
): ProjectContainer[] {
  const containers = containersOf(session, project).filter(({ oneOff, helper }) => !oneOff && !helper);
  for (const service of services) {
    if (loaded?.declaredServices.includes(service) === true) continue;
    if (loaded === undefined && containers.some((container) => container.service === service)) continue;
    throw noSuchService(service, loaded?.declaredServices ?? []);
  }
  return containers.filter(({ service }) => services.length === 0 || services.includes(service));
}

/** Docker compose's words. */
export function noSuchService(service: string, known: readonly string[]): EstibaError {
  const guess = nearest(service, known);
  return new EstibaError("not_found", {
    reason: "compose.unknown_service",
    what: `no such service: ${service}`,
    ...(guess === undefined ? {} : { fix: `did you mean "${guess}"?` }),
  });
}
