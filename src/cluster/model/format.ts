import type { ServiceSpec } from "./service.ts";
import { type Since, SPEC_SHAPE } from "./spec-shape.ts";

/** What a spec asks of who is to understand it. */
export type Asks = {
  /** The least format that has all of its parts. */
  readonly format: number;
  /** The parts that are not of the first format, by name; the newest first. */
  readonly newer: readonly string[];
  /** Parts that this version does not know. */
  readonly unknown: readonly string[];
};

type Known = Since | { readonly [part: string]: Known };

/** The format of this version: of the newest part of specs that it knows. */
export const FORMAT: number = newest(SPEC_SHAPE);

const seen = new WeakMap<object, Asks>();

/** Which format a service's spec is of, and what of it this version does not know; looked through once. */
export function asksOf(spec: ServiceSpec | Pick<ServiceSpec, "container">): Asks {
  const before = seen.get(spec);
  if (before !== undefined) return before;
  const found: Found = { parts: new Map(), unknown: new Set() };
  look(spec, SPEC_SHAPE, "", found);
  const newer = [...found.parts].filter(([, since]) => since > 1).toSorted(([, a], [, b]) => b - a);
  const asks: Asks = {
    format: newer[0]?.[1] ?? 1,
    newer: newer.map(([part]) => part),
    unknown: [...found.unknown],
  };
  seen.set(spec, asks);
  return asks;
}

type Found = { readonly parts: Map<string, number>; readonly unknown: Set<string> };

function look(value: unknown, known: Known, part: string, found: Found): void {
  if (Array.isArray(value)) {
    for (const each of value) look(each, known, part, found);
  } else if (typeof known === "number") {
    found.parts.set(part, known);
  } else if (known instanceof Map) {
    const since: number | undefined = known.get(value);
    if (since === undefined) found.unknown.add(`${part} ${String(value)}`);
    else found.parts.set(`${part} ${String(value)}`, since);
  } else if (typeof value === "object" && value !== null) {
    for (const [name, inner] of Object.entries(value)) {
      const path = part === "" ? name : `${part}.${name}`;
      if (inner === undefined) continue;
      if (!Object.hasOwn(known, name)) found.unknown.add(path);
      else look(inner, (known as Readonly<Record<string, Known>>)[name] ?? 1, path, found);
    }
  }
}

function newest(known: Known): number {
  if (typeof known === "number") return known;
  return Math.max(...(known instanceof Map ? known.values() : Object.values(known).map(newest)));
}
