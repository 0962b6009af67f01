import { list, map, object, type Schema, text } from "./schema.ts";

/** What a request is answered with, when all is well. */
export type Answer =
  | { readonly kind: "json"; readonly schema: Schema }
  /** Objects, one after another, for as long as there is something to tell. */
  | { readonly kind: "lines"; readonly schema: Schema }
  | { readonly kind: "bytes"; readonly type: string }
  /** The connection becomes a stream in both directions. */
  | { readonly kind: "stream" }
  | { readonly kind: "nothing" };

/** A value of the query that is JSON itself. */
export type JsonParameter = { readonly json: Schema };

/** One route, as the description tells it. */
export type Operation = {
  readonly summary: string;
  readonly query?: Readonly<Record<string, Schema | JsonParameter>>;
  /** Headers of the request, and what they are for. */
  readonly headers?: Readonly<Record<string, string>>;
  /** JSON, or the type of what is no JSON. */
  readonly body?: Schema | { readonly bytes: string };
  readonly answers: Readonly<Record<number, Answer>>;
  /** Statuses of errors beside 400, each with `{"message"}`. */
  readonly errors?: readonly number[];
};

/** Operations by their routes. */
export type Operations = Readonly<Record<string, Operation>>;

export const nothing: Answer = { kind: "nothing" };
export const stream: Answer = { kind: "stream" };

export function json(schema: Schema): Answer {
  return { kind: "json", schema };
}

export function jsonLines(schema: Schema): Answer {
  return { kind: "lines", schema };
}

export function bytes(type: string): Answer {
  return { kind: "bytes", type };
}

/** `filters` with these keys, in both of Docker's forms. */
export function filters(...keys: readonly string[]): JsonParameter {
  const values: Schema = { anyOf: [list(text), map({ type: "boolean" })] };
  return { json: object(Object.fromEntries(keys.map((key) => [`${key}?`, values]))) };
}
