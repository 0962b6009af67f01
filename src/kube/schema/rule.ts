/**
 * What may stand at a field. Texts of Kubernetes are strict: a number where a text belongs is a mistake there, too.
 * - `quantity`: 500m, 1.5, 128Mi
 * - `port`: a number or a name
 */
export type Rule =
  | { readonly kind: "text"; readonly choices?: readonly string[]; readonly pattern?: RegExp; readonly form?: string }
  | { readonly kind: "integer"; readonly least?: number; readonly most?: number }
  | { readonly kind: "flag" }
  | { readonly kind: "quantity" }
  | { readonly kind: "port" }
  | { readonly kind: "list"; readonly of: Rule }
  | { readonly kind: "map"; readonly of: Rule }
  | { readonly kind: "object"; readonly name: string; readonly fields: () => FieldTable };

/**
 * How a field of Kubernetes is taken.
 * - `works`: by its rule; `why` may say how
 * - `server`: written by a cluster's API server, and read over
 * - `hint`: for a cluster's scheduler or for what one host does not have: read over with a warning
 * - `refused`: the file is not played; `why` is the reason
 */
export type Field =
  | { readonly use: "works"; readonly rule: Rule; readonly required?: boolean; readonly why?: string }
  | { readonly use: "server" }
  | { readonly use: "hint"; readonly why: string; readonly silent?: boolean | string }
  | { readonly use: "refused"; readonly why: string };

export type FieldTable = Readonly<Record<string, Field>>;

/** A table for a type of Kubernetes: the compiler misses a field that is forgotten. */
export type Fields<T> = { readonly [K in keyof Required<T>]: Field };

export const TEXT: Rule = { kind: "text" };
export const FLAG: Rule = { kind: "flag" };
export const COUNT: Rule = { kind: "integer", least: 0 };
export const QUANTITY: Rule = { kind: "quantity" };
export const PORT: Rule = { kind: "port" };
export const TEXTS: Rule = { kind: "list", of: TEXT };
export const TEXT_MAP: Rule = { kind: "map", of: TEXT };
/** RFC 1123, as Kubernetes wants names of pods and containers. */
export const NAME: Rule = {
  kind: "text",
  pattern: /^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/,
  form: "lower-case letters, digits, - and ., beginning and ending with a letter or digit",
};

export const SERVER: Field = { use: "server" };

export function works(rule: Rule, why?: string): Field {
  return { use: "works", rule, ...(why === undefined ? {} : { why }) };
}

export function needed(rule: Rule, why?: string): Field {
  return { use: "works", rule, required: true, ...(why === undefined ? {} : { why }) };
}

/** `silent`: a value that asks for nothing else than is so. */
export function hint(why: string, silent?: boolean | string): Field {
  return { use: "hint", why, ...(silent === undefined ? {} : { silent }) };
}

export function refused(why: string): Field {
  return { use: "refused", why };
}

export function oneOf(...choices: string[]): Rule {
  return { kind: "text", choices };
}

export function listOf(of: Rule): Rule {
  return { kind: "list", of };
}

export function object(name: string, fields: () => FieldTable): Rule {
  return { kind: "object", name, fields };
}
