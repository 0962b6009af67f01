import type { Service } from "../service.ts";
import { containerPart, stableJson } from "./hash.ts";
import type { Change } from "./step.ts";

/** The attributes in which a container's service and the service now differ, as paths into the file. */
export function changesBetween(before: Partial<Service>, after: Service): Change[] {
  return differences([], before, containerPart(after));
}

function differences(at: readonly string[], before: unknown, after: unknown): Change[] {
  if (stableJson(before) === stableJson(after)) return [];
  if (!isMap(before) || !isMap(after)) return [{ path: at.join("."), before, after, at }];
  const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])].toSorted();
  return keys.flatMap((key) => differences([...at, key], before[key], after[key]));
}

function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
