import { printTime } from "./time.ts";
import {
  entriesOf,
  formatDefault,
  formatFloatShortest,
  formatNumber,
  isDuration,
  isStruct,
  Pairs,
  quote,
  typeName,
} from "./value.ts";

type Verb = { flags: string; width: number | undefined; precision: number | undefined; verb: string };

const DIRECTIVE = /%([-+# 0]*)(\[\d+\])?(\*|\d+)?(?:\.(\[\d+\])?(\*|\d*))?(\[\d+\])?(.|$)/gsu;

/** fmt.Sprintf for the verbs that make sense without pointers: v d s q t T b o O x X c U e E f F g G and %%, with indexes and stars. */
export function sprintf(format: string, args: readonly unknown[]): string {
  let next = 0;
  let reordered = false;
  const jump = (index: string | undefined): void => {
    if (index === undefined) return;
    next = Number(index.slice(1, -1)) - 1;
    reordered = true;
  };
  const number = (text: string | undefined): number | undefined => {
    if (text === undefined) return undefined;
    return text === "*" ? Number(args[next++]) : Number(text);
  };
  const text = format.replace(DIRECTIVE, (...groups: unknown[]) => {
    const [, flags = "", first, width, second, precision, third, verb = ""] = groups as (string | undefined)[];
    if (verb === "") return "%!(NOVERB)";
    jump(first);
    const wide = number(width);
    jump(second);
    const fine = number(precision);
    jump(third);
    if (verb === "%") return "%";
    if (next < 0 || next >= args.length) return `%!${verb}(${reordered ? "BADINDEX" : "MISSING"})`;
    const left = wide !== undefined && wide < 0 ? `${flags}-` : flags;
    const parts = { flags: left, width: wide === undefined ? undefined : Math.abs(wide), precision: fine, verb };
    return formatVerb(parts, args[next++], true);
  });
  const extra = reordered ? [] : args.slice(next);
  if (extra.length === 0) return text;
  const shown = extra.map((arg) =>
    arg === null || arg === undefined ? "<nil>" : `${typeName(arg)}=${formatDefault(arg)}`,
  );
  return `${text}%!(EXTRA ${shown.join(", ")})`;
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

// Lists, maps and structs take a verb, with its width, element by element.
function formatVerb(verb: Verb, value: unknown, isArgument = false): string {
  if (value instanceof Pairs) return formatVerb(verb, value.toString());
  const each = (item: unknown): string => formatVerb(verb, item);
  if (verb.verb !== "T" && !verb.flags.includes("#")) {
    if (Array.isArray(value)) return `[${value.map(each).join(" ")}]`;
    if (value instanceof Map)
      return `map[${entriesOf(value)
        .map(([key, item]) => `${each(key)}:${each(item)}`)
        .join(" ")}]`;
    if (isStruct(value)) {
      const named = verb.verb === "v" && verb.flags.includes("+");
      return `{${Object.entries(value)
        .map(([key, item]) => `${named ? `${key}:` : ""}${each(item)}`)
        .join(" ")}}`;
    }
  }
  if (isDuration(value)) return formatVerb(verb, "vsq".includes(verb.verb) ? formatDefault(value) : value.valueOf());
  const text = value instanceof Date && "vs".includes(verb.verb) ? printTime(value) : body(verb, value);
  if (text !== undefined) return pad(text, verb, isNumeric(value) && !"cqUT".includes(verb.verb));
  if (value !== null && value !== undefined) return `%!${verb.verb}(${typeName(value)}=${formatDefault(value)})`;
  return isArgument ? `%!${verb.verb}(<nil>)` : "<nil>";
}

function isNumeric(value: unknown): boolean {
  return typeof value === "number" || typeof value === "bigint";
}

function pad(text: string, { flags, width = 0, precision, verb }: Verb, isNumber: boolean): string {
  const missing = width - Array.from(text).length;
  if (missing <= 0) return text;
  if (flags.includes("-")) return text + " ".repeat(missing);
  // A precision of an integer says how many digits there are, and no zeros go before them.
  const fixed = precision !== undefined && "dboOxX".includes(verb);
  if (!flags.includes("0") || !isNumber || fixed) return " ".repeat(missing) + text;
  const sign = /^[+\- ]?/.exec(text)?.[0] ?? "";
  return sign + "0".repeat(missing) + text.slice(sign.length);
}

function body(verb: Verb, value: unknown): string | undefined {
  const { verb: letter, flags } = verb;
  if (letter === "T") return typeName(value) === "nil" ? "<nil>" : typeName(value);
  if (letter === "v") {
    if (flags.includes("#")) return goSyntax(value);
    // %+v asks for names of fields, not for signs.
    const plain = { ...verb, flags: flags.replaceAll("+", "") };
    if (typeof value === "number" && !Number.isInteger(value)) return formatFloat({ ...plain, verb: "g" }, value);
    return isNumeric(value) ? signed(formatDefault(value), plain.flags) : formatDefault(value);
  }
  if (typeof value === "string") return formatString(verb, value);
  if (typeof value === "boolean") return letter === "t" ? String(value) : undefined;
  if (typeof value === "bigint") return formatInteger(verb, value);
  if (typeof value !== "number") return undefined;
  return Number.isInteger(value) && !"eEfFgG".includes(letter)
    ? formatInteger(verb, BigInt(value))
    : formatFloat(verb, value);
}

function formatString({ verb, precision, flags }: Verb, value: string): string | undefined {
  const text = precision === undefined ? value : Array.from(value).slice(0, precision).join("");
  switch (verb) {
    case "s":
      return text;
    case "q":
      return flags.includes("#") && !text.includes("`") ? `\`${text}\`` : quote(text, flags.includes("+"));
    case "x":
    case "X": {
      const bytes = Array.from(Buffer.from(text), (byte) => byte.toString(16).padStart(2, "0"));
      const digits = bytes.join(flags.includes(" ") ? " " : "");
      return verb === "x" ? digits : digits.toUpperCase();
    }
    default:
      return undefined;
  }
}

const RADIX: Readonly<Record<string, number>> = { d: 10, b: 2, o: 8, O: 8, x: 16, X: 16 };
const PREFIX: Readonly<Record<string, string>> = { b: "0b", o: "0", x: "0x", X: "0X" };

function formatInteger({ verb, flags, precision }: Verb, value: bigint): string | undefined {
  const radix = RADIX[verb];
  if (radix !== undefined) {
    const digits = (value < 0n ? -value : value).toString(radix).padStart(precision ?? 0, "0");
    const prefix = verb === "O" ? "0o" : flags.includes("#") ? (PREFIX[verb] ?? "") : "";
    const text = `${value < 0n ? "-" : ""}${prefix}${verb === "X" ? digits.toUpperCase() : digits}`;
    return signed(text, flags);
  }
  const point = value >= 0n && value <= 0x10ffffn ? Number(value) : 0xfffd;
  const character = String.fromCodePoint(point);
  switch (verb) {
    case "c":
      return character;
    case "q":
      return `'${quote(character, flags.includes("+")).slice(1, -1).replace(String.raw`\"`, '"').replace(/^'$/, String.raw`\'`)}'`;
    case "U":
      return `U+${value.toString(16).toUpperCase().padStart(4, "0")}${flags.includes("#") ? ` '${character}'` : ""}`;
    default:
      return undefined;
  }
}

function formatFloat({ verb, flags, precision }: Verb, value: number): string | undefined {
  switch (verb) {
    case "f":
    case "F":
      return signed(Number.isFinite(value) ? fixed(value, precision ?? 6) : formatNumber(value), flags);
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

/** toFixed, but an exact half goes to the even digit, as in Go. */
function fixed(value: number, digits: number): string {
  const text = value.toFixed(digits);
  const exact = value.toFixed(Math.min(100, digits + 30));
  const rest = exact.slice(exact.indexOf(".") + 1 + digits);
  const kept = exact.slice(0, exact.length - rest.length).replace(/\.$/, "");
  const isHalf = /^50*$/.test(rest);
  return isHalf && Number(kept.at(-1)) % 2 === 0 ? kept : text;
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
  if (Array.isArray(value)) return `${typeName(value)}{${value.map(goSyntax).join(", ")}}`;
  if (value instanceof Map)
    return `${typeName(value)}{${entriesOf(value)
      .map(([key, item]) => `${goSyntax(key)}:${goSyntax(item)}`)
      .join(", ")}}`;
  if (!isStruct(value)) return formatDefault(value);
  return `struct{${Object.entries(value)
    .map(([key, item]) => `${key}:${goSyntax(item)}`)
    .join(", ")}}`;
}
