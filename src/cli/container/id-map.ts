import type { IdMapRange, MountIdMap } from "../../state/spec/id-map.ts";
import { badOption } from "./bad-option.ts";

/**
 * The mapping of an idmapped mount: nothing for that of the container's user namespace, or `uids=FROM-TO-SIZE#...;gids=...`, where an `@`
 * before a range makes TO an id of the container's user namespace. What is not named for one kind of id is mapped for neither. Source:
 * podman-run(1).
 */
export function parseIdMap(option: string, text: string, value: string | undefined): MountIdMap {
  if (value === undefined || value === "" || value === "true") return "container";
  const map: { uids: IdMapRange[]; gids: IdMapRange[] } = { uids: [], gids: [] };
  for (const part of value.split(";")) {
    const equals = part.indexOf("=");
    const kind = part.slice(0, equals);
    if (kind !== "uids" && kind !== "gids") throw badMap(option, text);
    map[kind].push(
      ...part
        .slice(equals + 1)
        .split("#")
        .map((range) => parseRange(option, text, range)),
    );
  }
  if (map.uids.length === 0 || map.gids.length === 0) throw badMap(option, text);
  return map;
}

function parseRange(option: string, text: string, range: string): IdMapRange {
  const [, at, from, to, size] = /^(@?)(\d+)-(\d+)-(\d+)$/.exec(range) ?? [];
  const numbers = { from: Number(from), to: Number(to), size: Number(size) };
  if (at === undefined || numbers.size === 0 || Object.values(numbers).some((number) => number > 0xffff_fffe))
    throw badMap(option, text);
  return { ...numbers, relative: at === "@" };
}

function badMap(option: string, text: string): Error {
  return badOption(
    option,
    text,
    "understood: bad idmap",
    'give both kinds of ids, FROM-TO-SIZE each: "idmap=uids=0-1000-1;gids=0-1000-1"',
  );
}
