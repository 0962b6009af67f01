import { existsSync, readdirSync, readFileSync } from "node:fs";
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

/** The folder of the cases, beside the checkout; ESTIBA_SHARED names another place. Undefined when it is not there. */
export function casesFolder(): string | undefined {
  const shared = process.env["ESTIBA_SHARED"] ?? join(import.meta.dir, "../../../../shared");
  const folder = join(shared, "compose-scenarios/cases");
  return existsSync(folder) ? folder : undefined;
}

export function readCases(folder: string): Case[] {
  return readdirSync(folder)
    .toSorted()
    .map((name) => ({
      ...(JSON.parse(readFileSync(join(folder, name, "case.json"), "utf8")) as Omit<Case, "folder">),
      folder: join(folder, name),
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
