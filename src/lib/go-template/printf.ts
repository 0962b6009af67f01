import { entriesOf, formatDefault, formatFloatShortest, formatNumber, quote, typeName } from "./value.ts";

type Verb = { flags: string; width: number | undefined; precision: number | undefined; verb: string };

/** fmt.Sprintf for the verbs that make sense without pointers: v d s q t T b o x X c U e E f F g G and %%. */
export function sprintf(format: string, args: readonly unknown[]): string {
  let used = 0;
  const star = (text: string | undefined): number | undefined => {
    if (text === undefined || text === "") return text === undefined ? undefined : 0;
    return text === "*" ? Number(args[used++]) : Number(text);
  };
  const pattern = /%([-+# 0]*)(\*|\d+)?(?:\.(\*|\d*))?(.|$)/gsu;
  const text = format.replace(pattern, (...found: unknown[]) => {
    const [, flags, width, precision, verb] = found.map((group) => (typeof group === "string" ? group : undefined));
    if (verb === undefined || verb === "") return "%!(NOVERB)";
    const wide = width === undefined ? undefined : star(width);
    const fine = star(precision);
    if (verb === "%") return "%";
    if (used >= args.length) return `%!${verb}(MISSING)`;
    const left = wide !== undefined && wide < 0 ? `${flags ?? ""}-` : (flags ?? "");
    return formatVerb(
      { flags: left, width: wide === undefined ? undefined : Math.abs(wide), precision: fine, verb },
      args[used++],
    );
  });
  const extra = args
    .slice(used)
    .map((arg) => (arg === null || arg === undefined ? "<nil>" : `${typeName(arg)}=${formatDefault(arg)}`));
  return extra.length === 0 ? text : `${text}%!(EXTRA ${extra.join(", ")})`;
}

/** fmt.Sprint: a space between two operands when neither is a string. */
export function sprint(args: readonly unknown[]): string {
  return args
    .map((arg, place) => {
      const spaced = place > 0 && typeof arg !== "string" && typeof args[place - 1] !== "string";
      return (spaced ? " " : "") + formatDefault(arg);
    })
    .join("");
}

function formatVerb(verb: Verb, value: unknown): string {
  const isNumeric = typeof value === "number" || typeof value === "bigint";
  const text = body(verb, value);
  if (text === undefined)
    return `%!${verb.verb}(${value === null || value === undefined ? "<nil>" : `${typeName(value)}=${formatDefault(value)}`})`;
  return pad(text, verb, isNumeric && !"cqUT".includes(verb.verb));
}

function pad(text: string, { flags, width = 0 }: Verb, isNumber: boolean): string {
  const missing = width - toCharacters(text).length;
  if (missing <= 0) return text;
  if (flags.includes("-")) return text + " ".repeat(missing);
  if (!flags.includes("0") || !isNumber) return " ".repeat(missing) + text;
  const sign = /^[+\- ]?/.exec(text)?.[0] ?? "";
  return sign + "0".repeat(missing) + text.slice(sign.length);
}

function body(verb: Verb, value: unknown): string | undefined {
  const { verb: letter, flags } = verb;
  if (letter === "T") return typeName(value) === "nil" ? "<nil>" : typeName(value);
  if (letter === "v") {
    if (flags.includes("#")) return goSyntax(value);
    return typeof value === "number" || typeof value === "bigint"
      ? signed(formatDefault(value), flags)
      : formatDefault(value);
  }
  // Slices and maps take every other verb element by element.
  if (Array.isArray(value)) return `[${value.map((item) => formatVerb(verb, item)).join(" ")}]`;
  if (typeof value === "string") return formatString(verb, value);
  if (typeof value === "boolean") return letter === "t" ? String(value) : undefined;
  if (typeof value === "bigint") return formatInteger(verb, value);
  if (typeof value === "number")
    return Number.isInteger(value) && !"eEfFgG".includes(letter)
      ? formatInteger(verb, BigInt(value))
      : formatFloat(verb, value);
  const entries = entriesOf(value);
  return entries === undefined
    ? undefined
    : `map[${entries.map(([key, item]) => `${formatVerb(verb, key)}:${formatVerb(verb, item)}`).join(" ")}]`;
}

function formatString({ verb, precision, flags }: Verb, value: string): string | undefined {
  const text = precision === undefined ? value : toCharacters(value).slice(0, precision).join("");
  switch (verb) {
    case "s":
      return text;
    case "q":
      return flags.includes("#") && !text.includes("`") ? `\`${text}\`` : quote(text);
    case "x":
      return Buffer.from(text).toString("hex");
    case "X":
      return Buffer.from(text).toString("hex").toUpperCase();
    default:
      return undefined;
  }
}

function toCharacters(text: string): string[] {
  return Array.from(text);
}

function formatInteger({ verb, flags, precision }: Verb, value: bigint): string | undefined {
  const radix = ({ d: 10, b: 2, o: 8, O: 8, x: 16, X: 16 } as Readonly<Record<string, number>>)[verb];
  if (radix !== undefined) {
    const digits = (value < 0n ? -value : value).toString(radix).padStart(precision ?? 0, "0");
    const prefix = verb === "O" ? "0o" : flags.includes("#") ? ({ b: "0b", o: "0", x: "0x", X: "0X" }[verb] ?? "") : "";
    const text = `${value < 0n ? "-" : ""}${prefix}${verb === "X" ? digits.toUpperCase() : digits}`;
    return signed(text, flags);
  }
  const point = value >= 0n && value <= 0x10ffffn ? Number(value) : 0xfffd;
  switch (verb) {
    case "c":
      return String.fromCodePoint(point);
    case "q":
      return `'${quote(String.fromCodePoint(point)).slice(1, -1).replace(String.raw`\"`, '"').replace(/^'$/, String.raw`\'`)}'`;
    case "U":
      return `U+${value.toString(16).toUpperCase().padStart(4, "0")}`;
    default:
      return undefined;
  }
}

function formatFloat({ verb, flags, precision }: Verb, value: number): string | undefined {
  switch (verb) {
    case "f":
    case "F":
      return signed(Number.isFinite(value) ? value.toFixed(precision ?? 6) : formatNumber(value), flags);
    case "e":
    case "E":
      return signed(exponent(value.toExponential(precision ?? 6), verb), flags);
    case "g":
    case "G":
      return signed(
        exponent(precision === undefined ? formatFloatShortest(value) : shortest(value, Math.max(1, precision)), verb),
        flags,
      );
    default:
      return undefined;
  }
}

function exponent(text: string, verb: string): string {
  const two = text.replace(/e([+-])(\d)$/, "e$10$2");
  return verb === "E" || verb === "G" ? two.toUpperCase() : two;
}

function shortest(value: number, precision: number): string {
  const size = value === 0 ? 0 : Math.floor(Math.log10(Math.abs(value)));
  if (size < -4 || size >= precision) return value.toExponential(precision - 1).replace(/\.?0+e/, "e");
  return String(Number(value.toPrecision(precision)));
}

function signed(text: string, flags: string): string {
  if (text.startsWith("-") || text.startsWith("+")) return text;
  if (flags.includes("+")) return `+${text}`;
  return flags.includes(" ") ? ` ${text}` : text;
}

function goSyntax(value: unknown): string {
  if (typeof value === "string") return quote(value);
  if (Array.isArray(value)) return `[]interface {}{${value.map(goSyntax).join(", ")}}`;
  const entries = entriesOf(value);
  if (entries === undefined) return formatDefault(value);
  return `map[string]interface {}{${entries.map(([key, item]) => `${goSyntax(key)}:${goSyntax(item)}`).join(", ")}}`;
}
