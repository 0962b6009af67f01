import { readFileSync } from "node:fs";
import { containerFilter } from "../../engine/container-filter.ts";
import { type ContainerSummary, summarizeContainers } from "../../engine/list.ts";
import { EstibaError } from "../../lib/error.ts";
import { hasCode } from "../../lib/has-code.ts";
import { listContainers } from "../../state/containers.ts";
import type { Cli } from "../context.ts";

/** Options that name containers in other ways than by arguments; the verbs share them. */
export const SELECT_OPTIONS = {
  all: { kind: "flag", short: "a", help: "All containers that it applies to" },
  latest: { kind: "flag", short: "l", help: "The container created last" },
  cidfile: { kind: "list", value: "FILE", help: "Read an id from this file", complete: "file" },
} as const;

/** `--filter`, which chooses among all containers; with its letter where `-f` is free. */
export const FILTER_OPTION = {
  kind: "list",
  short: "f",
  value: "KEY=VALUE",
  help: "All that fit, such as name=web or label=KEY=VALUE (keys as of ps)",
} as const;

type Selection = {
  readonly all: boolean;
  readonly latest: boolean;
  readonly cidfile?: readonly string[];
  readonly filter?: readonly string[];
};

/**
 * The names a verb works on: arguments, ids from files, the last one, all it applies to, or those that fit a filter. Throws `invalid` when
 * none are given, or several ways at once.
 */
export function selectContainers(
  cli: Cli,
  args: readonly string[],
  selection: Selection,
  applies: (container: ContainerSummary) => boolean = () => true,
): string[] {
  const { all, latest, cidfile = [], filter = [] } = selection;
  const named = [...args, ...cidfile.map(readIdFile)];
  if (all && latest) throw conflict("--all and --latest cannot be used together");
  if (all && named.length > 0) throw conflict("no arguments are needed with --all");
  if (latest && named.length > 0) throw conflict("--latest and containers cannot be used together");
  if (filter.length > 0 && named.length > 0) throw conflict("--filter takes no arguments");
  if (latest) {
    const last = listContainers(cli.engine().store).at(-1);
    if (last === undefined) throw conflict("there are no containers: no such container");
    return [last.id];
  }
  if (all || filter.length > 0) {
    const matches = containerFilter(cli.engine(), filter);
    return summarizeContainers(cli.engine())
      .filter((container) => matches(container) && (!all || applies(container)))
      .map(({ record }) => record.id);
  }
  if (named.length === 0) throw conflict("you must provide at least one name or id");
  return named;
}

function readIdFile(path: string): string {
  try {
    return (readFileSync(path, "utf8").split("\n")[0] ?? "").trim();
  } catch (error) {
    if (!hasCode(error, "ENOENT", "EACCES", "EISDIR", "ENOTDIR")) throw error;
    throw new EstibaError("not_found", {
      reason: "cli.cidfile",
      what: `reading the container id file "${path}"`,
      cause: error,
      fix: "name the file that --cidfile wrote",
    });
  }
}

function conflict(what: string): EstibaError {
  return new EstibaError("invalid", {
    reason: "cli.selection",
    what,
    fix: "name containers, or use --all or --latest",
  });
}
