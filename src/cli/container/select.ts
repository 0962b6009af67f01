import { readFileSync } from "node:fs";
import { EstibaError } from "../../lib/error.ts";
import type { ContainerRecord } from "../../state/container.ts";
import { listContainers } from "../../state/containers.ts";
import type { Cli } from "../context.ts";

/** Options that name containers in other ways than by arguments; the verbs share them. */
export const SELECT_OPTIONS = {
  all: { kind: "flag", short: "a", help: "All containers that it applies to" },
  latest: { kind: "flag", short: "l", help: "The container created last" },
  cidfile: { kind: "list", value: "FILE", help: "Read an id from this file", complete: "file" },
} as const;

type Selection = { readonly all: boolean; readonly latest: boolean; readonly cidfile: readonly string[] };

/** The names a verb works on. Throws `invalid` when none are given, or names together with `--all`. */
export function selectContainers(
  cli: Cli,
  args: readonly string[],
  selection: Selection,
  applies: (record: ContainerRecord) => boolean = () => true,
): string[] {
  const named = [...args, ...selection.cidfile.map((file) => readFileSync(file, "utf8").trim())];
  if (selection.all) {
    if (named.length > 0) throw conflict("--all goes without names");
    return listContainers(cli.engine().store)
      .filter(applies)
      .map(({ id }) => id);
  }
  if (selection.latest) {
    if (named.length > 0) throw conflict("--latest goes without names");
    const last = listContainers(cli.engine().store).at(-1);
    if (last === undefined) throw conflict("there are no containers");
    return [last.id];
  }
  if (named.length === 0) throw conflict("you must provide at least one name or id");
  return named;
}

function conflict(what: string): EstibaError {
  return new EstibaError("invalid", {
    reason: "cli.selection",
    what,
    fix: "name containers, or use --all or --latest",
  });
}
