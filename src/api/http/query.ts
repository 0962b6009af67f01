import { badRequest } from "./api-error.ts";

/** The words that Go's server takes for "no"; anything else is "yes". */
const FALSE: ReadonlySet<string> = new Set(["", "0", "no", "false", "none"]);

/** The parameters behind a path's question mark, read as Docker reads them. */
export class Query {
  readonly #parameters: URLSearchParams;

  constructor(text: string) {
    this.#parameters = new URLSearchParams(text);
  }

  /** The first value; undefined when there is none, or an empty one. */
  text(name: string): string | undefined {
    const value = this.#parameters.get(name);
    return value === null || value === "" ? undefined : value;
  }

  /** Each name once. */
  names(): string[] {
    return [...new Set(this.#parameters.keys())];
  }

  has(name: string): boolean {
    return this.#parameters.has(name);
  }

  all(name: string): string[] {
    return this.#parameters.getAll(name);
  }

  flag(name: string, missing = false): boolean {
    const value = this.#parameters.get(name);
    return value === null ? missing : !FALSE.has(value.trim().toLowerCase());
  }

  /** Throws 400 for what is no integer. */
  integer(name: string): number | undefined {
    const value = this.text(name);
    if (value === undefined) return undefined;
    if (/^-?\d{1,15}$/.test(value)) return Number(value);
    throw badRequest(`invalid value "${value}" for parameter "${name}": strconv.Atoi: invalid syntax`);
  }

  /** `filters`: see {@link parseFilters}. */
  filters(): string[] {
    return parseFilters(this.text("filters"));
  }
}

/**
 * `{"label":{"a=b":true}}`, `{"label":["a=b"]}` or, as old clients send it, `{"label":"a=b"}`, as `KEY=VALUE`. Throws 400 for anything else.
 */
function parseFilters(text: string | undefined): string[] {
  if (text === undefined) return [];
  return Object.entries(parseObject(text)).flatMap(([key, values]) => {
    if (typeof values === "string") return [`${key}=${values}`];
    if (Array.isArray(values)) return values.map((value) => `${key}=${String(value)}`);
    if (typeof values === "object" && values !== null)
      return Object.entries(values).flatMap(([value, wanted]) => (wanted === false ? [] : [`${key}=${value}`]));
    throw badRequest(`invalid filter '${key}'`);
  });
}

function parseObject(text: string): object {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === "object" && value !== null && !Array.isArray(value)) return value;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  throw badRequest(`invalid filters: ${text.slice(0, 200)}`);
}
