import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { getContainer } from "../../state/containers.ts";
import { joinedContainer } from "../../state/spec/namespaces.ts";
import type { Engine } from "../engine.ts";

/**
 * Writes down, as long as the owner of a network namespace runs, that another container is about to come into it: that one may stay when the
 * owner ends.
 */
export function noteJoined(engine: Engine, ownerId: string): void {
  const owner = outermost(engine, ownerId);
  if (existsSync(join(engine.paths.bundles, owner))) writeFileSync(markOf(engine, owner), "", { mode: 0o600 });
}

/** Whether {@link noteJoined} was called in this run of the container. */
export function wasJoined(engine: Engine, id: string): boolean {
  return existsSync(markOf(engine, id));
}

function markOf(engine: Engine, id: string): string {
  return join(engine.paths.bundles, id, "joined");
}

// One may join the network of a container that has joined another's.
function outermost(engine: Engine, id: string): string {
  const next = joinedContainer(getContainer(engine.store, id)?.spec.network);
  return next === undefined ? id : outermost(engine, next);
}
