import { EstibaError } from "../lib/error.ts";
import { nearest } from "../lib/nearest.ts";
import { isShown, type Option, type Options, type Values } from "./command.ts";
import { type OptionToken, tokenize } from "./tokenize.ts";

export type Parsed<O extends Options> = { values: Values<O>; args: string[] };

/**
 * Parses an argument list by an option table, as Podman and Docker do: long and grouped short options, `--flag=false`, `--` ends the options.
 * With `stopAtFirst`, the first argument ends them too. `prefix` is how messages name the command, such as `estiba run`.
 * Throws `invalid` for an unknown option (with the nearest known one), a missing or a malformed value, `unsupported` for a refused one.
 */
export function parseCommandLine<O extends Options>(
  argv: readonly string[],
  options: O,
  { stopAtFirst, prefix }: { stopAtFirst: boolean; prefix: string },
): Parsed<O> {
  const shapes = {
    takesValue: (name: string) => {
      const option = optionOf(name, options);
      // A refused option ends the command before its value, if it has one, could matter.
      return option === undefined || option.kind === "refused"
        ? undefined
        : option.kind !== "flag" && option.bare === undefined;
    },
    longName: (letter: string) => Object.entries(options).find(([, { short }]) => short === letter)?.[0],
  };
  const values: Record<string, boolean | string | number | string[] | undefined> = {};
  // What has no value in the beginning is not there: some hundred options need no pass of their own.
  for (const name in options) {
    const option = options[name];
    if (option?.kind === "flag") values[name] = option.on ?? false;
    else if (option?.kind === "list") values[name] = [];
  }
  const args: string[] = [];
  for (const token of tokenize(argv, shapes, { stopAtFirst })) {
    if (token.kind === "argument") args.push(token.value);
    else applyOption(values, token, options, prefix);
  }
  return { values: values as Values<O>, args };
}

function applyOption(
  values: Record<string, boolean | string | number | string[] | undefined>,
  token: OptionToken,
  options: Options,
  prefix: string,
): void {
  const name = findOption(token.name, options);
  const option = name === undefined ? undefined : options[name];
  if (name === undefined || option === undefined) throw unknownOption(token.rawName, options, prefix);
  if (option.kind === "refused") throw refusedOption(token.rawName, option, prefix);
  if (option.kind === "flag") {
    values[name] = parseFlag(token.rawName, token.value);
    return;
  }
  const text = token.value ?? option.bare;
  if (text === undefined) throw badOption(token.rawName, `option ${token.rawName} needs a value`, prefix);
  if (option.choices !== undefined && !option.choices.includes(text)) {
    throw badOption(
      token.rawName,
      `${token.rawName} must be one of ${option.choices.join(", ")}, not "${text}"`,
      prefix,
      text,
    );
  }
  if (option.kind === "list") (values[name] as string[]).push(text);
  else values[name] = option.kind === "integer" ? parseInteger(token.rawName, text) : text;
}

function optionOf(name: string, options: Options): Option | undefined {
  const known = findOption(name, options);
  return known === undefined ? undefined : options[known];
}

function findOption(name: string, options: Options): string | undefined {
  if (Object.hasOwn(options, name)) return name;
  return Object.entries(options).find(([, option]) => option.aliases?.includes(name))?.[0];
}

function parseFlag(rawName: string, value: string | undefined): boolean {
  if (value === undefined || value === "true" || value === "1") return true;
  if (value === "false" || value === "0") return false;
  throw new EstibaError("invalid", {
    reason: "cli.bad_flag",
    what: `${rawName} takes true or false, not "${value}"`,
  });
}

function parseInteger(rawName: string, text: string): number {
  const value = Number(text);
  if (text.trim() === "" || !Number.isSafeInteger(value)) {
    throw new EstibaError("invalid", {
      reason: "cli.bad_integer",
      what: `${rawName} takes a whole number, not "${text}"`,
    });
  }
  return value;
}

function unknownOption(rawName: string, options: Options, prefix: string): EstibaError {
  const shown = Object.entries(options).flatMap(([name, option]) =>
    isShown(option) ? [name, ...(option.aliases ?? [])] : [],
  );
  const guess = rawName.startsWith("--") ? nearest(rawName.slice(2), shown) : undefined;
  const fix = guess === undefined ? `see: ${prefix} --help` : `did you mean --${guess}? See: ${prefix} --help`;
  return new EstibaError("invalid", {
    reason: "cli.unknown_option",
    what: rawName.startsWith("--")
      ? `unknown flag: ${rawName}`
      : `unknown shorthand flag: '${rawName.slice(1)}' in ${rawName}`,
    fix,
  });
}

function refusedOption(rawName: string, option: Option, prefix: string): EstibaError {
  return new EstibaError("unsupported", {
    reason: "cli.refused_option",
    what: `${rawName} is not supported: ${option.help}`,
    fix: `leave ${rawName} out; see: ${prefix} --help`,
    details: { option: rawName },
  });
}

function badOption(rawName: string, what: string, prefix: string, value?: string): EstibaError {
  return new EstibaError("invalid", {
    reason: "cli.bad_option",
    what,
    fix: `see: ${prefix} --help`,
    details: { option: rawName, ...(value === undefined ? {} : { value }) },
  });
}
