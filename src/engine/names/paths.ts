import { join } from "node:path";
import type { Engine } from "../engine.ts";

type Rooted = Pick<Engine, "paths">;

/** A file per container that has names, by id. */
export function namesFolder({ paths }: Rooted): string {
  return join(paths.names, "containers");
}

export function namesFile(engine: Rooted, id: string): string {
  return join(namesFolder(engine), id);
}

/** Held by the resolver as long as it lives. */
export function namesLock({ paths }: Rooted): string {
  return join(paths.names, "lock");
}

/** Which process answers at which addresses. It is there as long as the resolver has work, also when that was killed. */
export function listeningFile({ paths }: Rooted): string {
  return join(paths.names, "listening");
}

/** Names of the cluster's services, as this node has them. */
export function clusterNamesFile({ paths }: Rooted): string {
  return join(paths.names, "cluster");
}
