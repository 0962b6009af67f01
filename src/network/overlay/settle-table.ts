import {
  addElements,
  exchangeElements,
  listElements,
  type MapElement,
  readTableComment,
} from "../../host/netlink/netfilter.ts";
import type { NetlinkSocket } from "../../host/netlink/socket.ts";
import { applyScript } from "../nft.ts";

/** A table whose rules stay as they are, and the elements of its maps and sets. */
export type SettledTable = {
  readonly name: string;
  /** Stands in the table: one of another version, or half of one, is made anew. */
  readonly comment: string;
  /** Everything but the elements, as `nft -f` takes it. */
  readonly body: string;
  /** Names of all of its maps and sets. */
  readonly maps: readonly string[];
  readonly groups: Groups;
  /** The namespace in which it stands, that of the socket; unless it is the calling thread's. */
  readonly netnsFd?: number;
};

/** Elements that belong together, such as those of one port: exchanged in one step, up to 400 of them. */
export type Groups = readonly (readonly MapElement[])[];

/** What the kernel takes at once, removed and added. */
const AT_ONCE = 800;

/** What had to be changed of a table. */
export type TableChange = { readonly added: readonly MapElement[]; readonly removed: readonly MapElement[] };

/**
 * Brings a table to what is wanted, from whatever it is; or, where it is known to have these groups, from them, without a look. Throws
 * `not_found` where that was not so.
 */
export function settleTable(socket: NetlinkSocket, table: SettledTable, known?: Groups): TableChange {
  const { name, comment, body, groups, netnsFd } = table;
  if (known !== undefined) {
    const [before, after] = [new Set(known), new Set(groups)];
    const fresh = groups.filter((group) => !before.has(group));
    const present = known.filter((group) => !after.has(group)).flat();
    return exchangeGroups(socket, { name, groups: fresh }, present);
  }
  if (readTableComment(socket, name) !== comment) {
    applyScript(
      `table inet ${name}\ndelete table inet ${name}\ntable inet ${name} {\n  comment "${comment}"\n${body}\n}\n`,
      netnsFd,
    );
    addElements(socket, name, groups.flat());
    return { added: groups.flat(), removed: [] };
  }
  const present = table.maps.flatMap((map) => listElements(socket, name, map));
  if (present.length > 0) return exchangeGroups(socket, table, present);
  addElements(socket, name, groups.flat());
  return { added: groups.flat(), removed: [] };
}

function exchangeGroups(
  socket: NetlinkSocket,
  { name, groups }: Pick<SettledTable, "name" | "groups">,
  present: readonly MapElement[],
): TableChange {
  const left = new Map(present.map((element) => [textOf(element), element]));
  const missing = groups.map((group) => group.filter((element) => !left.delete(textOf(element))));
  // What goes is taken out in the step in which what takes its place comes in: the same first part of a key.
  const gone = Map.groupBy(left.values(), startOf);
  const steps = missing.flatMap((added): TableChange[] => {
    const starts = new Set(added.map(startOf));
    const removed = [...starts].flatMap((start) => gone.get(start) ?? []);
    for (const start of starts) gone.delete(start);
    return added.length === 0 ? [] : [{ added, removed }];
  });
  for (const removed of gone.values()) steps.push({ added: [], removed });
  for (const step of gathered(steps)) exchangeElements(socket, name, step);
  return { added: missing.flat(), removed: [...left.values()] };
}

function gathered(steps: readonly TableChange[]): TableChange[] {
  const batches: { added: MapElement[]; removed: MapElement[] }[] = [];
  for (const { added, removed } of steps) {
    const last = batches.at(-1);
    const size = last === undefined ? AT_ONCE : last.added.length + last.removed.length;
    if (last === undefined || size + added.length + removed.length > AT_ONCE)
      batches.push({ added: [...added], removed: [...removed] });
    else {
      last.added.push(...added);
      last.removed.push(...removed);
    }
  }
  return batches;
}

/** What elements of one port or address have in common, whatever number of slots it has. */
function startOf({ map, key }: MapElement): string {
  const isSlotted = /^slots(ix)?(at)?\d+$/.test(map);
  return `${isSlotted ? "" : map} ${Buffer.from(isSlotted ? key.subarray(0, -4) : key).toString("hex")}`;
}

function textOf({ map, key, data }: MapElement): string {
  return `${map} ${Buffer.from(key).toString("hex")} ${Buffer.from(data).toString("hex")}`;
}
