import { existsSync, readFileSync } from "node:fs";
import { ID_END, type IdMaps, type IdRange } from "../host/user-namespace.ts";
import { EstibaError } from "../lib/error.ts";

type Kind = "user" | "group";
type Entry = { readonly extends: boolean; readonly kinds: readonly Kind[]; readonly range: IdRange };

/**
 * The mappings that `[FLAGS]CONTAINER:HOST[:N]` words make. What is given for one kind of id alone counts for the other too, unless
 * `separate`. Flags: `+` takes its ids away from the words before it, `u` and `g` make it count for one kind alone; an `@` before HOST names
 * an id of the caller's own namespace, which for root is every id. Throws `invalid`. Source: podman-run(1), `--uidmap`.
 */
export function idMapsOf(
  uids: readonly string[],
  gids: readonly string[],
  options: { separate?: boolean } = {},
): IdMaps {
  const shared = options.separate !== true;
  const [users, groups] = [shared && uids.length === 0 ? gids : uids, shared && gids.length === 0 ? uids : gids];
  const maps = { uids: mapOf(users, "user"), gids: mapOf(groups, "group") };
  // With flags, all words may have been for the other kind.
  if (!shared || (maps.uids.length > 0 && maps.gids.length > 0)) return maps;
  const alone = maps.uids.length === 0 ? "user" : "group";
  throw badMap([...uids, ...gids].join(" "), `no ${alone} id is mapped`);
}

function mapOf(words: readonly string[], kind: Kind): IdRange[] {
  let ranges: IdRange[] = [];
  for (const entry of words.map((word) => parseEntry(word, kind))) {
    if (!entry.kinds.includes(kind)) continue;
    const cut = entry.extends ? ranges.flatMap((range) => without(range, entry.range)) : ranges;
    ranges = [...cut, entry.range];
  }
  const sorted = ranges.toSorted((a, b) => a.inside - b.inside);
  for (const axis of ["inside", "outside"] as const) checkOverlap(sorted, axis);
  return sorted;
}

function parseEntry(text: string, kind: Kind): Entry {
  const [, flags, inside, outside, size] = /^([+ug]*)(\d+):@?(\d+)(?::(\d+))?$/.exec(text) ?? [];
  const range = { inside: Number(inside), outside: Number(outside), size: Number(size ?? 1) };
  const fits = [range.inside, range.outside].every((first) => first + range.size <= ID_END);
  if (flags === undefined || range.size === 0 || !fits) throw badMap(text, "it is not [FLAGS]CONTAINER:HOST[:N]");
  const named: Kind[] = [
    ...(flags.includes("u") ? ["user" as const] : []),
    ...(flags.includes("g") ? ["group" as const] : []),
  ];
  return { extends: flags.includes("+"), kinds: named.length === 0 ? [kind] : named, range };
}

/** What is left of a range without the ids of another, by either side of it. */
export function without(range: IdRange, taken: IdRange): IdRange[] {
  const holes = (["inside", "outside"] as const)
    .map((axis): [number, number] => {
      const from = taken[axis] - range[axis];
      return [Math.max(from, 0), Math.min(from + taken.size, range.size)];
    })
    .filter(([from, to]) => from < to)
    .toSorted(([a], [b]) => a - b);
  const parts: IdRange[] = [];
  let next = 0;
  for (const [from, to] of [...holes, [range.size, range.size] as [number, number]]) {
    if (from > next) parts.push({ inside: range.inside + next, outside: range.outside + next, size: from - next });
    next = Math.max(next, to);
  }
  return parts;
}

function checkOverlap(ranges: readonly IdRange[], axis: "inside" | "outside"): void {
  const sorted = ranges.toSorted((a, b) => a[axis] - b[axis]);
  for (const [index, range] of sorted.entries()) {
    const next = sorted[index + 1];
    if (next !== undefined && range[axis] + range.size > next[axis])
      throw badMap(`${next.inside}:${next.outside}:${next.size}`, "it overlaps another one");
  }
}

function badMap(text: string, why: string): EstibaError {
  return new EstibaError("invalid", {
    reason: "host.bad_id_map",
    what: `cannot map ids by "${text}": ${why}`,
    fix: "for example --uidmap 0:100000:65536",
  });
}

/** The ranges that subuid(5) and subgid(5) give to these names, one behind the other from 0 on. Throws `not_found`. */
export function subordinateMaps(user: string, group: string): IdMaps {
  return { uids: inARow(ownRanges("/etc/subuid", user)), gids: inARow(ownRanges("/etc/subgid", group)) };
}

function inARow(ranges: readonly { first: number; count: number }[]): IdRange[] {
  let inside = 0;
  return ranges.map(({ first, count }) => {
    const range = { inside, outside: first, size: count };
    inside += count;
    return range;
  });
}

function ownRanges(file: string, name: string): { first: number; count: number }[] {
  const ranges = subordinateIds(file, name);
  if (ranges.length > 0) return ranges;
  throw new EstibaError("not_found", {
    reason: "container.no_subordinate_ids",
    what: `${file} gives no ids to "${name}"`,
    fix: `add a line: ${name}:100000:65536`,
  });
}

/** The ranges that a file such as /etc/subuid gives to a name; none where there is no such file. */
export function subordinateIds(file: string, name: string): { first: number; count: number }[] {
  if (!existsSync(file)) return [];
  return readFileSync(file, "utf8")
    .split("\n")
    .map((line) => line.trim().split(":"))
    .filter(([owner, first = "", count = ""]) => owner === name && /^\d+$/.test(first) && /^\d+$/.test(count))
    .map(([, first, count]) => ({ first: Number(first), count: Number(count) }));
}
