import { isUp } from "../../engine/status.ts";
import { EstibaError } from "../../lib/error.ts";
import { containersOf, noSuchService, type ProjectContainer } from "./containers.ts";
import type { Session } from "./session.ts";

type Pick = {
  readonly service: string;
  /** `--index`; undefined or 0 for the first one. */
  readonly index: number | undefined;
  /** It has to run. */
  readonly running: boolean;
};

/**
 * The container of a service that a verb is about: the replica of that number, else the first one, else a one-off. Throws `not_found` and
 * `wrong_state` in docker compose's words.
 */
export async function pickContainer(
  session: Session,
  { service, index = 0, running }: Pick,
): Promise<ProjectContainer> {
  const { loaded, naming } = await session.loadIfThere();
  const all = containersOf(session, naming.project).filter(
    (container) => container.service === service && !container.helper,
  );
  if (loaded !== undefined && !loaded.declaredServices.includes(service))
    throw noSuchService(service, loaded.declaredServices);
  const fitting = all.filter((container) => !running || isUp(container));
  const replicas = fitting.filter(({ oneOff, number }) => !oneOff && (index === 0 || number === index));
  const oneOffs = index === 0 ? fitting.filter(({ oneOff }) => oneOff) : [];
  const [found] = [...replicas, ...oneOffs];
  if (found !== undefined) return found;
  const which = index === 0 ? "" : ` container #${index}`;
  throw new EstibaError("wrong_state", {
    reason: "compose.not_running",
    what: `service "${service}" is not running${which}`,
    fix: `start it: estiba compose up -d ${service}`,
  });
}
