import { existsSync } from "node:fs";
import { containerFilter } from "../../engine/container-filter.ts";
import { type ContainerSummary, summarizeContainers } from "../../engine/list.ts";
import { EstibaError } from "../../lib/error.ts";
import { findContainer, listContainers } from "../../state/containers.ts";
import type { Cli } from "../context.ts";
import { readIdFile } from "./id-file.ts";

/** Options that name containers in other ways than by arguments; the verbs share them. */
export const SELECT_OPTIONS = {
  all: { kind: "flag", short: "a", help: "All containers that it applies to" },
  latest: { kind: "flag", short: "l", help: "The container created last" },
  cidfile: { kind: "list", value: "FILE", help: "Read an id from this file", complete: "file" },
} as const;

/** `--filter`, which chooses among all containers, or among those that are named. */
export const FILTER_OPTION = {
  kind: "list",
  short: "f",
  value: "KEY=VALUE",
  help: "Only what fits, such as name=web or label=KEY=VALUE (keys as of ps)",
} as const;

type Selection = {
  readonly all?: boolean;
  readonly latest?: boolean;
  readonly cidfile?: readonly string[];
  readonly filter?: readonly string[];
  /** A file of `cidfile` that is not there names nothing. */
  readonly ignore?: boolean;
  /** What is said when nothing is chosen. */
  readonly missing?: string;
};

/**
 * The names a verb works on: arguments and ids from files, the last one, or all that it applies to; of these, those that fit the filters,
 * which choose among all where nothing else is said. Throws `invalid` when none are given, or several ways at once.
 */
export function selectContainers(
  cli: Cli,
  args: readonly string[],
  selection: Selection,
  applies: (container: ContainerSummary) => boolean = () => true,
): string[] {
  const { filter = [] } = selection;
  const names = namedContainers(cli, args, selection);
  if (filter.length === 0 && names !== undefined) return names;
  const matches = containerFilter(cli.engine(), filter);
  const named = names === undefined ? undefined : namesById(cli, names);
  return summarizeContainers(cli.engine())
    .filter((container) => selection.all !== true || applies(container))
    .filter((container) => (named === undefined || named.has(container.record.id)) && matches(container))
    .map(({ record }) => named?.get(record.id) ?? record.id);
}

/** Undefined for all of them. */
function namedContainers(cli: Cli, args: readonly string[], selection: Selection): string[] | undefined {
  const { all = false, latest = false, cidfile = [], filter = [], ignore = false } = selection;
  checkCombination(args, { all, latest, cidfile });
  if (latest) return [latestContainer(cli)];
  const named = [
    ...args,
    ...cidfile.flatMap((path) => (ignore && !existsSync(path) ? [] : [readIdFile(path, "container")])),
  ];
  if (named.length > 0 || (cidfile.length > 0 && ignore)) return named;
  if (all || filter.length > 0) return undefined;
  throw conflict(selection.missing ?? "you must provide at least one name or id", remedy(selection));
}

type Ways = { readonly all: boolean; readonly latest: boolean; readonly cidfile: readonly string[] };

function checkCombination(args: readonly string[], { all, latest, cidfile }: Ways): void {
  if (all && latest) throw conflict("--all and --latest cannot be used together");
  if (all && cidfile.length > 0) throw conflict("--all and --cidfile cannot be used together");
  if (all && args.length > 0) throw conflict("no arguments are needed with --all");
  if (latest && (args.length > 0 || cidfile.length > 0))
    throw conflict("--latest and containers cannot be used together");
}

function latestContainer(cli: Cli): string {
  const last = listContainers(cli.engine().store).at(-1);
  if (last === undefined) throw conflict("there are no containers: no such container", "make one first: estiba run");
  return last.id;
}

function namesById(cli: Cli, names: readonly string[]): Map<string, string> {
  return new Map(names.map((name) => [findContainer(cli.engine().store, name).id, name]));
}

// Only by the options that the verb has.
function remedy({ all, latest }: Selection): string {
  if (all !== undefined)
    return latest === undefined ? "name some, or use --all" : "name containers, or use --all or --latest";
  return latest === undefined ? "name one" : "name a container, or use --latest";
}

function conflict(what: string, fix = "leave out one of the two"): EstibaError {
  return new EstibaError("invalid", { reason: "cli.selection", what, fix });
}
