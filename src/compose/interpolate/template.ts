/** What a variable is: a value, or none. */
export type Lookup = (name: string) => string | undefined;

export type Template = {
  readonly lookup: Lookup;
  /** Told of every variable that is used, set or not. */
  readonly used?: (name: string) => void;
  /** Told of a variable that has neither a value nor a default. */
  readonly unset: (name: string) => void;
};

/** Why a text cannot be filled in. */
export type TemplateFault = { readonly offset: number; readonly what: string; readonly fix?: string };

const NAME = /[_a-zA-Z][_a-zA-Z0-9]*/y;
const OPERATOR = /:?[-?+]/y;

/**
 * The text with its variables: `$V`, `${V}`, and `${V-d}`, `${V?e}`, `${V+a}`, each with `:` where an empty value counts as none; texts in
 * braces may hold variables in turn. `$$` is a dollar sign. A `$` before anything else stays as it is. A default is looked at only when it
 * is needed. Throws a TemplateFault wrapped by `fail`.
 */
export function fillIn(text: string, template: Template, fail: (fault: TemplateFault) => Error): string {
  let result = "";
  let at = 0;
  for (;;) {
    const dollar = text.indexOf("$", at);
    if (dollar === -1 || dollar === text.length - 1) return result + text.slice(at);
    result += text.slice(at, dollar);
    const next = text[dollar + 1] ?? "";
    NAME.lastIndex = dollar + 1;
    const name = NAME.exec(text)?.[0];
    if (next === "$") {
      result += "$";
      at = dollar + 2;
    } else if (name !== undefined) {
      result += plainValue(name, template);
      at = dollar + 1 + name.length;
    } else if (next === "{") {
      const end = closingBrace(text, dollar + 2);
      if (end === -1)
        throw fail({ offset: dollar, what: 'this "${" is never closed', fix: 'write "$$" for a dollar sign' });
      result += braced(text.slice(dollar + 2, end), dollar, template, fail);
      at = end + 1;
    } else {
      result += "$";
      at = dollar + 1;
    }
  }
}

function plainValue(name: string, { lookup, unset, used }: Template): string {
  const value = lookup(name);
  used?.(name);
  if (value === undefined) unset(name);
  return value ?? "";
}

function braced(inner: string, offset: number, template: Template, fail: (fault: TemplateFault) => Error): string {
  NAME.lastIndex = 0;
  const name = NAME.exec(inner)?.[0];
  OPERATOR.lastIndex = name?.length ?? 0;
  const operator = OPERATOR.exec(inner)?.[0];
  if (name === undefined || (operator === undefined && name.length !== inner.length)) {
    throw fail({
      offset,
      what: `invalid interpolation format "\${${inner}}"`,
      fix: "you may need to escape any $ with another $",
    });
  }
  if (operator === undefined) return plainValue(name, template);
  const word = inner.slice(name.length + operator.length);
  const value = template.lookup(name);
  template.used?.(name);
  const given = value !== undefined && !(operator.startsWith(":") && value === "");
  // What stands in the word is further in, by the length of `${` and of the name.
  const inside = (fault: TemplateFault): Error =>
    fail({ ...fault, offset: offset + 2 + name.length + operator.length + fault.offset });
  if (operator.endsWith("-")) return given ? value : fillIn(word, template, inside);
  if (operator.endsWith("+")) return given ? fillIn(word, template, inside) : "";
  if (given) return value;
  const why = fillIn(word, template, inside);
  const what = `required variable ${name} is missing a value${why === "" ? "" : `: ${why}`}`;
  throw fail({ offset, what, fix: `set ${name} in the environment or in .env` });
}

/** The brace that closes what was opened before `from`; braces may stand in each other. */
export function closingBrace(text: string, from: number): number {
  let depth = 1;
  for (let at = from; at < text.length; at++) {
    const char = text[at];
    if (char === "{") depth += 1;
    else if (char === "}" && --depth === 0) return at;
  }
  return -1;
}
