import type { Cli } from "./context.ts";

/** What a shell completes at a place: names that the engine knows, or files. */
export type CompletionKind =
  | "container"
  | "pod"
  | "image"
  | "volume"
  | "network"
  | "secret"
  /** A network, or the network of a container. */
  | "network-mode"
  /** A namespace of a container. */
  | "namespace"
  /** A volume, or a path of the host. */
  | "mount-source"
  | "runtime"
  | "platform"
  | "architecture"
  | "signal"
  | "file"
  | "directory"
  | "none";

/**
 * One option as plain data; help, completions and man pages are made from it.
 * - `flag`: `--rm`, `--rm=false`; boolean
 * - `string`, `integer`: one value; the last one given counts
 * - `list`: may be given several times; an array
 * - `refused`: an option of Podman or Docker that cannot work here: whoever gives it gets an error, of which `help` is the reason. It
 *   takes a value or not, as it likes; help, completions and man pages leave it out, docs/commands.md lists it.
 */
export type Option = {
  readonly kind: "flag" | "string" | "integer" | "list" | "refused";
  readonly short?: string;
  /** Other long names of the same option. */
  readonly aliases?: readonly string[];
  /** Name of the value in the help, such as `NAME` or `HOST:CONTAINER`. */
  readonly value?: string;
  readonly help: string;
  /** Only for flags: the value when it is not given. */
  readonly on?: boolean;
  /** The value where it is given without one: another can only stand behind `=`, as in Podman's `--pull[=POLICY]`. */
  readonly bare?: string;
  /** The allowed values of a string option. */
  readonly choices?: readonly string[];
  /** Values that are offered, where others are possible, too. */
  readonly offered?: readonly string[];
  readonly complete?: CompletionKind;
  readonly hidden?: boolean;
};

export type Options = Readonly<Record<string, Option>>;

/** Whether help, completions and man pages show the option. */
export function isShown(option: Option): boolean {
  return option.hidden !== true && option.kind !== "refused";
}

type ValueOf<O extends Option> = O["kind"] extends "flag"
  ? boolean
  : O["kind"] extends "integer"
    ? number | undefined
    : O["kind"] extends "list"
      ? string[]
      : O["kind"] extends "refused"
        ? undefined
        : string | undefined;

/** The parsed values, by the option's long name as written in the table. */
export type Values<O extends Options> = { readonly [K in keyof O]: ValueOf<O[K]> };

type Definition<O extends Options> = {
  /** The words after `estiba`, such as `run` or `image inspect`. */
  readonly name: string;
  /** One line, capital first, no full stop. */
  readonly summary: string;
  /** What follows the name in the usage line. */
  readonly usage: string;
  /** Paragraphs below the summary in `--help` and the man page. */
  readonly description?: string;
  readonly options: O;
  /** Least and most number of arguments. */
  readonly args: readonly [number, number];
  /** True: everything after the first argument belongs to the container's command. */
  readonly stopAtFirst?: boolean;
  /** True: it gives room back, and so works on a full disk. */
  readonly frees?: boolean;
  /** True: containers.conf gives defaults for its options, and variables for the registry's proxy. */
  readonly configured?: boolean;
  /** What its arguments are: of several kinds the first is the first's, the last all others'. */
  readonly complete?: CompletionKind | readonly CompletionKind[];
  /** Command lines with what they do, shown in help and man page. */
  readonly examples: readonly (readonly [command: string, meaning: string])[];
};

/** A command without its option types: what the registry, help and completions handle. */
export type Command = Definition<Options> & {
  /** Runs with parsed values and arguments; resolves to the exit code. */
  readonly run: (values: Values<Options>, args: string[], cli: Cli) => Promise<number>;
};

/** Ties a command's option table to the types its `run` sees, then forgets them. */
export function defineCommand<const O extends Options>(
  command: Definition<O> & { run: (values: Values<O>, args: string[], cli: Cli) => Promise<number> },
): Command {
  return command as unknown as Command;
}
