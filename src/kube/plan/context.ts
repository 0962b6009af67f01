import type { Stats } from "node:fs";
import { isEstibaError } from "../../lib/error.ts";
import type { Origin } from "../../lib/yaml/node.ts";
import type { Problem } from "../problem.ts";
import type { KubeFile } from "../schema/objects.ts";

/** Values by key, of a ConfigMap or a Secret. */
export type KeyedData = ReadonlyMap<string, Uint8Array>;

/** What a ConfigMap has: variables are of its texts only, files of all. */
export type ConfigData = { readonly texts: KeyedData; readonly all: KeyedData };

/** What the host says to the plan of a file. */
export type PlanFacts = {
  readonly nodeName: string;
  readonly cpus: number;
  readonly memoryBytes: number;
  /** Names of the secrets that are kept already. */
  readonly secrets: ReadonlySet<string>;
  /** Where localhostProfile of a seccomp profile begins. */
  readonly seccompRoot: string;
  /** What a path of the host is; undefined where there is nothing. */
  readonly statOf: (path: string) => Stats | undefined;
};

/** What the parts of a plan are made with. */
export type PlanContext = {
  readonly file: Pick<KubeFile, "source" | "places">;
  readonly facts: PlanFacts;
  readonly configMaps: ReadonlyMap<string, ConfigData>;
  /** Secrets of the file. */
  readonly secrets: ReadonlyMap<string, KeyedData>;
  /** Paths of the host that the pods planned so far make. */
  readonly made: string[];
  readonly problems: Problem[];
  readonly warnings: Problem[];
};

/** Where a field of a validated object stands; of the object itself, where it has no such field. */
function originOf({ file }: Pick<PlanContext, "file">, owner: object | undefined, key = ""): Origin {
  const places = owner === undefined ? undefined : file.places.get(owner);
  return places?.get(key) ?? places?.get("") ?? { source: file.source, offset: 0 };
}

/** Says that a field cannot be had as it is. */
export function reject(
  context: Pick<PlanContext, "file" | "problems">,
  [owner, key]: readonly [object, string],
  what: string,
  fix?: string,
): void {
  context.problems.push({ origin: originOf(context, owner, key), what, fix });
}

/** What reads a field; the error of one that cannot be read is a problem at its place, and gives undefined. */
export function parsed<Value>(
  context: Pick<PlanContext, "file" | "problems">,
  place: readonly [object, string],
  parse: () => Value,
): Value | undefined {
  try {
    return parse();
  } catch (error) {
    if (!isEstibaError(error)) throw error;
    reject(context, place, error.message, error.fix);
    return undefined;
  }
}

/** Says where an object has several of the fields that exclude each other. */
export function rejectSeveral(context: PlanContext, owner: object, keys: readonly string[]): void {
  const [first, second] = Object.keys(owner).filter((key) => keys.includes(key));
  if (second !== undefined)
    reject(context, [owner, second], `${first} and ${second} exclude each other`, "take one out");
}

/** Says that a field does less than it says. */
export function warn(context: PlanContext, [owner, key]: readonly [object, string], what: string): void {
  context.warnings.push({ origin: originOf(context, owner, key), what });
}

/** The name that the key of a Secret has as one of our secrets. */
export function secretName(secret: string, key: string): string {
  return `${secret}.${key}`;
}
