import { findPod } from "../../state/pods.ts";
import { volumeFolder } from "../../storage/volume.ts";
import type { Engine } from "../engine.ts";
import { summarizeContainers } from "../list.ts";
import { type PodSummary, summarizePod } from "./list.ts";

/** A pod with what `inspect` tells beside. */
export type PodFacts = PodSummary & { readonly volumePath: (name: string) => string };

/** One pod, by name or the beginning of its id. Takes no lock. Throws `not_found`. */
export function inspectPod(engine: Engine, nameOrId: string): PodFacts {
  const summary = summarizePod(engine, findPod(engine.store, nameOrId), summarizeContainers(engine));
  return { ...summary, volumePath: (name) => volumeFolder(engine.paths.root, name) };
}
