import type { Place } from "../../lib/code-frame.ts";
import type { Problem } from "../problem.ts";
import type { KubeFile } from "../schema/objects.ts";

/** Values by key, of a ConfigMap or a Secret. */
export type KeyedData = ReadonlyMap<string, Uint8Array>;

/** What the host says to the plan of a file. */
export type PlanFacts = {
  readonly nodeName: string;
  readonly cpus: number;
  readonly memoryBytes: number;
  /** Names of the secrets that are kept already. */
  readonly secrets: ReadonlySet<string>;
  /** Where localhostProfile of a seccomp profile begins. */
  readonly seccompRoot: string;
};

/** What the parts of a plan are made with. */
export type PlanContext = {
  readonly file: Pick<KubeFile, "source" | "places">;
  readonly facts: PlanFacts;
  readonly configMaps: ReadonlyMap<string, KeyedData>;
  /** Secrets of the file. */
  readonly secrets: ReadonlyMap<string, KeyedData>;
  readonly problems: Problem[];
  readonly warnings: Problem[];
};

/** Where a field of a validated object stands; of the object itself, where it has no such field. */
export function placeOf({ file }: Pick<PlanContext, "file">, owner: object | undefined, key = ""): Place {
  const places = owner === undefined ? undefined : file.places.get(owner);
  return places?.get(key) ?? places?.get("") ?? { line: 1, column: 1 };
}

/** Says that a field cannot be had as it is. */
export function reject(
  context: Pick<PlanContext, "file" | "problems">,
  [owner, key]: readonly [object, string],
  what: string,
  fix?: string,
): void {
  context.problems.push({ place: placeOf(context, owner, key), what, fix });
}

/** Says that a field does less than it says. */
export function warn(context: PlanContext, [owner, key]: readonly [object, string], what: string): void {
  context.warnings.push({ place: placeOf(context, owner, key), what });
}

/** The name that the key of a Secret has as one of our secrets. */
export function secretName(secret: string, key: string): string {
  return `${secret}.${key}`;
}
