import { badRequest } from "../http/api-error.ts";

/**
 * A JSON object whose fields are read by the type they must have: 400 for another one. `null` counts as absent, as in Go.
 */
export class Fields {
  readonly #values: Readonly<Record<string, unknown>>;
  readonly #path: string;

  constructor(values: Readonly<Record<string, unknown>>, path = "") {
    this.#values = values;
    this.#path = path;
  }

  get keys(): string[] {
    return Object.keys(this.#values);
  }

  has(key: string): boolean {
    return (this.#values[key] ?? undefined) !== undefined;
  }

  /** Undefined when absent or empty. */
  text(key: string): string | undefined {
    const value = this.#values[key] ?? "";
    if (typeof value !== "string") throw this.#wrong(key, "a string");
    if (value.includes("\0")) throw this.#wrong(key, "a string without NUL");
    return value === "" ? undefined : value;
  }

  flag(key: string): boolean {
    const value = this.#values[key] ?? false;
    if (typeof value !== "boolean") throw this.#wrong(key, "a boolean");
    return value;
  }

  /** Undefined when absent. */
  integer(key: string): number | undefined {
    const value = this.#values[key] ?? undefined;
    if (value === undefined) return undefined;
    if (typeof value !== "number" || !Number.isInteger(value)) throw this.#wrong(key, "an integer");
    return value;
  }

  /** Undefined when absent or 0. */
  count(key: string): number | undefined {
    return this.integer(key) || undefined;
  }

  /** A number with or without a fraction; undefined when absent. */
  decimal(key: string): number | undefined {
    const value = this.#values[key] ?? undefined;
    if (value === undefined || typeof value === "number") return value;
    throw this.#wrong(key, "a number");
  }

  /** What stands there, of whatever type; undefined when absent. */
  raw(key: string): unknown {
    return this.#values[key] ?? undefined;
  }

  numbers(key: string): number[] {
    const value = this.#values[key] ?? [];
    if (!Array.isArray(value) || !value.every((entry) => typeof entry === "number"))
      throw this.#wrong(key, "a list of numbers");
    return value;
  }

  texts(key: string): string[] {
    const value = this.#values[key] ?? [];
    if (!Array.isArray(value) || !value.every((entry) => typeof entry === "string"))
      throw this.#wrong(key, "a list of strings");
    return value;
  }

  /** A list of strings, or one, as Docker takes a command. */
  words(key: string): string[] {
    const value = this.#values[key];
    return typeof value === "string" ? [value] : this.texts(key);
  }

  /** An object with strings for values; `null` counts as "". */
  map(key: string): Record<string, string> {
    const entries = Object.entries(this.#object(key) ?? {});
    return Object.fromEntries(
      entries.map(([name, value]) => {
        if (value !== null && typeof value !== "string") throw this.#wrong(`${key}.${name}`, "a string");
        return [name, value ?? ""];
      }),
    );
  }

  /** Empty when absent. */
  fields(key: string): Fields {
    return new Fields(this.#object(key) ?? {}, this.#name(key));
  }

  /** The names of an object's fields, such as those of `ExposedPorts`. */
  names(key: string): string[] {
    return Object.keys(this.#object(key) ?? {});
  }

  list(key: string): Fields[] {
    const value = this.#values[key] ?? [];
    if (!Array.isArray(value)) throw this.#wrong(key, "a list");
    return value.map((entry: unknown, index) => {
      if (typeof entry !== "object" || entry === null || Array.isArray(entry))
        throw this.#wrong(key, "a list of objects");
      return new Fields(entry as Record<string, unknown>, `${this.#name(key)}[${index}]`);
    });
  }

  #object(key: string): Record<string, unknown> | undefined {
    const value = this.#values[key] ?? undefined;
    if (value === undefined) return undefined;
    if (typeof value !== "object" || Array.isArray(value)) throw this.#wrong(key, "an object");
    return value as Record<string, unknown>;
  }

  #name(key: string): string {
    return this.#path === "" ? key : `${this.#path}.${key}`;
  }

  #wrong(key: string, wanted: string): Error {
    return badRequest(`invalid JSON: ${this.#name(key)} is not ${wanted}`);
  }
}
