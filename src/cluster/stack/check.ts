import type { Loaded } from "../../compose/load.ts";
import { attributesOf, type FoundAttribute } from "../../compose/not-here.ts";
import { describePlace, problemAt } from "../../lib/yaml/problem.ts";
import { isAwaitedToEnd } from "./dependencies.ts";
import { CLUSTER_DIFFERS, CLUSTER_REFUSED, CLUSTER_TOLD } from "./differences.ts";

/** How a value of a Compose file stands to the cluster. */
export type Difference = { readonly how: "refused" | "no effect" | "differs"; readonly text: string };

/** What of a file is not on a cluster as on one machine, key by key. */
export function differences(loaded: Loaded): Difference[] {
  const of = (how: Difference["how"], table: Readonly<Record<string, string>>): Difference[] =>
    attributesOf(loaded.project, table).map((found) => ({ how, text: sentence(loaded, found) }));
  return [
    ...of("refused", CLUSTER_REFUSED),
    ...of("no effect", CLUSTER_TOLD),
    ...of("differs", CLUSTER_DIFFERS),
    ...unwritten(loaded).map((found) => ({ how: "differs" as const, text: sentence(loaded, found) })),
  ];
}

/** What is not as on one machine where the file says nothing. */
function unwritten(loaded: Loaded): FoundAttribute[] {
  return Object.entries(loaded.project.services).flatMap(([name, { restart, deploy, "x-estiba": own }]) => {
    const path = ["services", name];
    if (isAwaitedToEnd(loaded, name)) return deploy?.mode === undefined ? [{ path, why: RUNS_ONCE }] : [];
    if (own?.schedule !== undefined) return [];
    const saysNothing = restart === undefined && deploy?.restart_policy === undefined;
    return saysNothing ? [{ path, why: STARTED_AGAIN }] : [];
  });
}

const RUNS_ONCE = "others wait for its end, so it is a job: it does not run again before it is changed";
const STARTED_AGAIN = 'has no restart: a task that ends is followed by another one; restart: "no" leaves it at that';

/** What the file says in vain. Throws `unsupported` for the first thing that cannot work across machines. */
export function checkDeployable(loaded: Loaded): string[] {
  const [refused] = attributesOf(loaded.project, CLUSTER_REFUSED);
  if (refused !== undefined) {
    const origin = loaded.sources.of(refused.path);
    const what = `${refused.path.join(".")}: ${refused.why}`;
    if (origin !== undefined)
      throw problemAt(origin, { reason: "stack.refused_attribute", code: "unsupported", what, fix: "leave it out" });
  }
  return attributesOf(loaded.project, CLUSTER_TOLD).map((found) => sentence(loaded, found));
}

function sentence({ sources }: Loaded, { path, why }: FoundAttribute): string {
  const origin = sources.of(path);
  return `${origin === undefined ? "" : `${describePlace(origin)}: `}${path.join(".")}: ${why}`;
}
