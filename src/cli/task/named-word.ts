import { readIdentity } from "../../cluster/node/identity.ts";
import type { Engine } from "../../engine/engine.ts";
import type { TaskPlace } from "./find.ts";

/** A word that names a task or a container, as `NAME` or `NAME:PATH`. */
export type NamedWord = {
  readonly name: string;
  /** What follows the name, behind the colon. */
  readonly path: string;
  /** Undefined for what is no task. */
  readonly place: TaskPlace | undefined;
};

/** The place of a task that is on another node. */
export function placeElsewhere(engine: Engine, place: TaskPlace | undefined): TaskPlace | undefined {
  return place === undefined || place.nodeId === readIdentity(engine)?.nodeId ? undefined : place;
}
