import { EstibaError } from "../lib/error.ts";

/** A JSON object whose fields nobody has checked yet. */
export type JsonObject = { readonly [key: string]: unknown };

/** Reads JSON that must be an object, as text or as bytes of UTF-8; `what` names the document in the error. Throws `corrupt` (`oci.bad_document`). */
export function parseJsonObject(document: Uint8Array | string, what: string): JsonObject {
  let value: unknown;
  try {
    value = JSON.parse(
      typeof document === "string" ? document : new TextDecoder("utf-8", { fatal: true }).decode(document),
    );
  } catch (error) {
    if (!(error instanceof SyntaxError || error instanceof TypeError)) throw error;
    throw badDocument(`${what} is not JSON`, error);
  }
  return asObject(value, what);
}

/** The value as an object, never an array. */
export function asObject(value: unknown, what: string): JsonObject {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as JsonObject;
  throw badDocument(`${what} is not an object`);
}

/** The value as an array; `undefined` and `null` are an empty one. */
export function asArray(value: unknown, what: string): readonly unknown[] {
  if (value === undefined || value === null) return [];
  if (Array.isArray(value)) return value;
  throw badDocument(`${what} is not a list`);
}

/** The value as a string; `undefined`, `null` and the empty string are undefined. */
export function asOptionalString(value: unknown, what: string): string | undefined {
  if (value === undefined || value === null || value === "") return undefined;
  if (typeof value === "string") return value;
  throw badDocument(`${what} is not a string`);
}

/** The value as a list of strings; `undefined` and `null` are an empty one. */
export function asStrings(value: unknown, what: string): string[] {
  return asArray(value, what).map((item) => {
    if (typeof item === "string") return item;
    throw badDocument(`${what} holds something that is not a string`);
  });
}

/** The value as a map of strings; `undefined` and `null` are an empty one. */
export function asStringMap(value: unknown, what: string): Record<string, string> {
  if (value === undefined || value === null) return {};
  const entries = Object.entries(asObject(value, what)).map(([key, item]) => {
    if (typeof item === "string") return [key, item] as const;
    throw badDocument(`${what} holds something that is not a string at "${key}"`);
  });
  return Object.fromEntries(entries);
}

/** The value as a whole number of at least zero. */
export function asCount(value: unknown, what: string): number {
  if (typeof value === "number" && Number.isSafeInteger(value) && value >= 0) return value;
  throw badDocument(`${what} is not a whole number`);
}

/** The error for a document that does not keep its specification. */
export function badDocument(what: string, cause?: unknown): EstibaError {
  return new EstibaError("corrupt", { reason: "oci.bad_document", what, cause });
}
