import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { ContainerRecord } from "../../state/container.ts";
import { getContainer } from "../../state/containers.ts";
import { joinedContainer } from "../../state/spec/namespaces.ts";
import type { Engine } from "../engine.ts";

/**
 * Writes down, for as long as the owner of a network namespace runs, that another container is about to come into it: that one may stay
 * when the owner ends. Nothing happens where the owner does not run.
 */
export function noteJoined(engine: Engine, ownerId: string, { id }: Pick<ContainerRecord, "id">): void {
  const owner = outermost(engine, ownerId);
  if (!existsSync(join(engine.paths.bundles, owner))) return;
  const folder = joinersFolder(engine, owner);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  writeFileSync(join(folder, id), "", { mode: 0o600 });
}

/** A file for each container that came into another one's network namespace in this run of that; missing where none did. */
export function joinersFolder(engine: Engine, ownerId: string): string {
  return join(engine.paths.bundles, ownerId, "joined");
}

// One may join the network of a container that has joined another's.
function outermost(engine: Engine, id: string): string {
  const next = joinedContainer(getContainer(engine.store, id)?.spec.network);
  return next === undefined ? id : outermost(engine, next);
}
