import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** What must hold after a step; the README of the scenarios describes each. */
export type Check = {
  readonly check: string;
  readonly value?: string | number;
  readonly pattern?: string;
  readonly count?: number;
  readonly service?: string;
  readonly services?: readonly string[];
  readonly state?: string;
  readonly numbers?: readonly number[];
  readonly label?: string;
  readonly image?: string;
  readonly path?: string;
  readonly eventuallyMs?: number;
};

export type Step = {
  readonly run: readonly string[];
  readonly kind: "compose" | "engine";
  readonly mayFail: boolean;
  readonly withinMs?: number;
  readonly env?: Readonly<Record<string, string>>;
  readonly stdin?: string;
  readonly capture?: Readonly<Record<string, string>>;
  readonly retryMs?: number;
  readonly expect: readonly Check[];
};

export type Case = {
  readonly name: string;
  readonly intent: string;
  readonly images: readonly string[];
  readonly registryImages?: readonly string[];
  readonly hostPorts?: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly steps: readonly Step[];
  readonly cleanup: readonly (readonly string[])[];
  /** Where it lies. */
  readonly folder: string;
};

const CASES: string = join(import.meta.dir, "../../fixtures/compose-scenarios/cases");

/** Every case, by name. */
export function readCases(): Case[] {
  return readdirSync(CASES)
    .toSorted()
    .map((name) => ({
      ...(JSON.parse(readFileSync(join(CASES, name, "case.json"), "utf8")) as Omit<Case, "folder">),
      folder: join(CASES, name),
    }));
}

/** The value with every `@{NAME}` replaced. */
export function filledIn<Value>(value: Value, names: Readonly<Record<string, string>>): Value {
  if (typeof value === "string") {
    return value.replaceAll(/@\{(\w+)\}/g, (whole, name: string) => names[name] ?? whole) as Value;
  }
  if (Array.isArray(value)) return value.map((item: unknown) => filledIn(item, names)) as Value;
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]: [string, unknown]) => [key, filledIn(inner, names)]),
  ) as Value;
}
