import type { ContainerListed } from "../../client/answers.ts";
import { filtersJson } from "../../client/api-client.ts";
import { EstibaError } from "../../lib/error.ts";
import { readIdFile } from "../container/id-file.ts";
import type { Remote } from "./verb.ts";

type Selection = {
  readonly all?: boolean;
  readonly latest?: boolean;
  readonly cidfile?: readonly string[];
  readonly filter?: readonly string[];
};

/** The path of a container by its name or id. */
export function containerPath(name: string, verb: string): string {
  return `/containers/${encodeURIComponent(name)}/${verb}`;
}

/** Containers, newest first. */
export async function listContainers(
  { client }: Remote,
  { all = true, filter = [], size }: { all?: boolean; filter?: readonly string[]; size?: boolean },
): Promise<ContainerListed[]> {
  const query = { all, filters: filtersJson(filter), size };
  return await client.json<ContainerListed[]>("GET", "/containers/json", { query });
}

/** The names a verb works on, as the local verbs choose them. Throws `invalid` when none are given, or several ways at once. */
export async function selectContainers(
  remote: Remote,
  args: readonly string[],
  { all = false, latest = false, cidfile = [], filter = [] }: Selection,
  applies: (container: ContainerListed) => boolean = () => true,
): Promise<string[]> {
  const named = [...args, ...cidfile.map((path) => readIdFile(path, "container"))];
  const ways = [all, latest, named.length > 0].filter(Boolean).length;
  if (ways > 1) throw conflict("names, --all and --latest cannot be used together", "leave out all but one");
  if (ways === 0 && filter.length === 0) throw conflict("you must provide at least one name or id", "name one");
  if (latest) {
    const [newest] = await listContainers(remote, {});
    if (newest === undefined)
      throw conflict("there are no containers: no such container", "make one first: estiba run");
    return [newest.Id];
  }
  if (filter.length === 0 && named.length > 0) return named;
  const fitting = (await listContainers(remote, { filter })).toReversed();
  if (named.length === 0) return fitting.filter((one) => !all || applies(one)).map(({ Id }) => Id);
  return named.filter((name) =>
    fitting.some(({ Id, Names }) => Id.startsWith(name) || Names.includes(`/${name.replace(/^\//, "")}`)),
  );
}

function conflict(what: string, fix: string): EstibaError {
  return new EstibaError("invalid", { reason: "cli.selection", what, fix });
}
