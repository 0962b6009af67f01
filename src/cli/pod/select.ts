import { existsSync } from "node:fs";
import { EstibaError } from "../../lib/error.ts";
import type { PodRecord } from "../../state/pod.ts";
import { listPods } from "../../state/pods.ts";
import { readIdFile } from "../container/id-file.ts";
import type { Cli } from "../context.ts";

/** Options that name pods in other ways than by arguments; the verbs share them. */
export const SELECT_PODS = {
  all: { kind: "flag", short: "a", help: "All pods" },
  latest: { kind: "flag", short: "l", help: "The pod created last" },
  "pod-id-file": { kind: "list", value: "FILE", help: "Read an id from this file", complete: "file" },
} as const;

type Selection = {
  readonly all?: boolean;
  readonly latest?: boolean;
  readonly "pod-id-file"?: readonly string[];
  /** A file that is not there names nothing. */
  readonly ignore?: boolean;
};

/** The names of the pods that a verb works on. Throws `invalid` when none are given, or several ways at once. */
export function selectPods(
  cli: Cli,
  args: readonly string[],
  selection: Selection,
  applies: (pod: PodRecord) => boolean = () => true,
): string[] {
  const { all = false, latest = false, "pod-id-file": files = [], ignore = false } = selection;
  if (all && latest) throw badSelection("--all and --latest cannot be used together");
  if ((all || latest) && args.length + files.length > 0)
    throw badSelection(`no arguments are needed with --${all ? "all" : "latest"}`);
  const pods = all || latest ? listPods(cli.engine().store) : [];
  if (all) return pods.filter(applies).map(({ id }) => id);
  if (latest) {
    const last = pods.at(-1);
    if (last === undefined) throw badSelection("there are no pods: no such pod", "make one first: estiba pod create");
    return [last.id];
  }
  const read = files.flatMap((path) => (ignore && !existsSync(path) ? [] : [readIdFile(path, "pod")]));
  if (args.length + read.length > 0 || (files.length > 0 && ignore)) return [...args, ...read];
  throw badSelection("you must provide at least one name or id", "name a pod");
}

function badSelection(what: string, fix = "leave out one of the two"): EstibaError {
  return new EstibaError("invalid", { reason: "cli.all_and_names", what, fix });
}
