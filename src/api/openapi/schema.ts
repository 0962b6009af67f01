/** A piece of JSON Schema (2020-12), as OpenAPI 3.1 has it. Never changed. */
export type Schema = { readonly [key: string]: unknown };

export const text: Schema = { type: "string" };
export const integer: Schema = { type: "integer" };
export const number: Schema = { type: "number" };
export const flag: Schema = { type: "boolean" };
/** What is passed on as it is. */
export const anything: Schema = {};
/** A time as text, `0001-01-01T00:00:00Z` for none. */
export const time: Schema = { type: "string", format: "date-time" };
/** Go's set of words: an object whose values say nothing. */
export const nameSet: Schema = { type: "object", additionalProperties: { type: "object" } };
export const texts: Schema = list(text);
export const textMap: Schema = map(text);

export function list(items: Schema): Schema {
  return { type: "array", items };
}

export function map(values: Schema): Schema {
  return { type: "object", additionalProperties: values };
}

export function oneOf(...words: readonly string[]): Schema {
  return { type: "string", enum: words };
}

export function orNull(schema: Schema): Schema {
  return typeof schema["type"] === "string" && schema["enum"] === undefined && schema["title"] === undefined
    ? { ...schema, type: [schema["type"], "null"] }
    : { anyOf: [schema, { type: "null" }] };
}

/** The same fields, each of which may be null. */
export function nullable(fields: Readonly<Record<string, Schema>>): Record<string, Schema> {
  return Object.fromEntries(Object.entries(fields).map(([name, schema]) => [name, orNull(schema)]));
}

/** An object with these fields; those whose name ends in `?` may be missing. */
export function object(fields: Readonly<Record<string, Schema>>): Schema {
  const names = Object.keys(fields);
  const required = names.filter((name) => !name.endsWith("?"));
  return {
    type: "object",
    properties: Object.fromEntries(Object.entries(fields).map(([name, schema]) => [name.replace(/\?$/, ""), schema])),
    ...(required.length === 0 ? {} : { required }),
  };
}

/** As a client sends it: every field may be missing, or null, which is the same. */
export function request(title: string, fields: Readonly<Record<string, Schema>>): Schema {
  const loose = Object.entries(fields).map(([name, schema]) => [`${name}?`, orNull(schema)] as const);
  return titled(title, object(Object.fromEntries(loose)));
}

/** A schema with a name of its own among the description's components. */
export function titled(title: string, schema: Schema): Schema {
  return { title, ...schema };
}
