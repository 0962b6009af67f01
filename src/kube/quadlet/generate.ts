import { existsSync } from "node:fs";
import { describeError, isEstibaError } from "../../lib/error.ts";
import { convertQuadlet, quadletOf, type Service } from "./convert.ts";
import { type FoundFile, findQuadlets, readQuadlet } from "./folders.ts";
import type { Quadlet, Surroundings } from "./unit.ts";
import { type UnitFile, valueOf, wordsOf } from "./unit-file.ts";

/** A file as a unit, with the links by which systemd starts it, relative to the unit's folder; or what is wrong with it. */
export type Outcome = { readonly file: FoundFile } & (
  | { readonly service: Service; readonly links: readonly string[] }
  | { readonly problem: string }
);

/** Converts every file of the folders. A file that is wrong keeps no other one from being converted. */
export function convertAll(
  folders: readonly string[],
  { binary, user }: Pick<Surroundings, "binary" | "user">,
): Outcome[] {
  const read = findQuadlets(folders).map((file): Outcome | { file: FoundFile; quadlet: Quadlet | undefined } => {
    const tried = attempt(() => quadletOf(readQuadlet(file, folders), file.fileName));
    return "problem" in tried ? { file, ...tried } : { file, quadlet: tried.value };
  });
  const units = new Map(
    read.flatMap((each) =>
      "quadlet" in each && each.quadlet !== undefined ? [[each.file.fileName, each.quadlet]] : [],
    ),
  );
  const around: Surroundings = { units, binary, user, exists: existsSync };
  return read.flatMap((each): Outcome[] => {
    if (!("quadlet" in each)) return [each];
    const { file, quadlet } = each;
    if (quadlet === undefined) return [];
    const tried = attempt(() => convertQuadlet(quadlet, around));
    if ("problem" in tried) return [{ file, ...tried }];
    return [{ file, service: tried.value, links: linksOf(quadlet.unit, tried.value.fileName) }];
  });
}

function attempt<T>(work: () => T): { readonly value: T } | { readonly problem: string } {
  try {
    return { value: work() };
  } catch (error) {
    if (!isEstibaError(error)) throw error;
    return { problem: `${describeError(error)}${error.fix === undefined ? "" : `; ${error.fix}`}` };
  }
}

/** What [Install] asks for: a generated unit cannot be enabled, so the generator makes the links. */
function linksOf(unit: UnitFile, serviceName: string): string[] {
  const aliases = wordsOf(unit, "Install", "Alias").filter((name) => !name.includes("/") && name !== serviceName);
  const instance = valueOf(unit, "Install", "DefaultInstance");
  const isTemplate = serviceName.includes("@.");
  // A template without an instance cannot be started.
  if (isTemplate && instance === undefined) return aliases;
  const name = isTemplate ? serviceName.replace("@.", `@${instance}.`) : serviceName;
  const wants = (["WantedBy:wants", "RequiredBy:requires", "UpheldBy:upholds"] as const).flatMap((pair) => {
    const [key = "", suffix = ""] = pair.split(":");
    const targets = wordsOf(unit, "Install", key).filter((target) => !target.includes("/"));
    return targets.map((target) => `${target}.${suffix}/${name}`);
  });
  return [...aliases, ...wants];
}
