import type { EngineMap, MapContainer, MapUsage } from "../../engine/map/model.ts";

/** The kinds of namespaces in the order of the picture, with the words of its columns. */
export const KINDS = [
  ["ipc", "IPC"],
  ["net", "NET"],
  ["uts", "UTS"],
  ["pid", "PID"],
  ["user", "USR"],
  ["cgroup", "CGR"],
  ["mnt", "MNT"],
] as const;

export type Kind = (typeof KINDS)[number][0];

/** One namespace of the kernel's, with the containers that are in it. */
export type MapNamespace = {
  readonly kind: Kind;
  /** `A`, `B` and so on within its kind, in the order in which they appear; undefined for the host's own. */
  readonly mark: string | undefined;
  /** The kernel's number of it. */
  readonly inode: string;
  readonly members: readonly MapContainer[];
};

/** The namespaces in which the containers are, kind by kind. Pure. */
export function namespacesOf({ containers, host }: EngineMap): MapNamespace[] {
  return KINDS.flatMap(([kind]) => {
    const members = Map.groupBy(
      containers.filter(({ namespaces }) => namespaces[kind] !== ""),
      ({ namespaces }) => namespaces[kind],
    );
    let count = 0;
    return [...members].map(([inode, found]): MapNamespace => {
      const mark = inode === host[kind] ? undefined : letters(count++);
      return { kind, mark, inode, members: found };
    });
  });
}

/** How a container stands to a kind: the mark of its namespace, `·` for the host's, nothing without a process. */
export function markOf(namespaces: readonly MapNamespace[], container: MapContainer, kind: Kind): string {
  const inode = container.namespaces[kind];
  if (inode === "") return "";
  return namespaces.find((namespace) => namespace.kind === kind && namespace.inode === inode)?.mark ?? "·";
}

// A to Z, then AA to AZ, and so on.
function letters(index: number): string {
  const last = String.fromCharCode(65 + (index % 26));
  return index < 26 ? last : `${letters(Math.floor(index / 26) - 1)}${last}`;
}

/** A cgroup's path with ids as short as people know them. */
export function shortPath(path: string): string {
  return path.replaceAll(/([0-9a-f]{12})[0-9a-f]{52}/g, "$1");
}

/** A text in so many columns: cut, with a mark that it was, or with spaces after it. */
export function fit(text: string, width: number): string {
  return text.length > width ? `${text.slice(0, width - 1)}…` : text.padEnd(width);
}

/** Memory in a few columns: 12.3M, 1.5G. */
export function compactBytes(bytes: number): string {
  const units = ["B", "K", "M", "G", "T"];
  let value = bytes;
  let unit = 0;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit++;
  }
  return `${unit === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)}${units[unit]}`;
}

/** Processor time in a few columns: 1.2s, 15m. */
export function compactTime(nanos: number): string {
  const seconds = nanos / 1e9;
  if (seconds < 100) return `${seconds.toFixed(1)}s`;
  return seconds < 6000 ? `${Math.round(seconds / 60)}m` : `${Math.round(seconds / 3600)}h`;
}

/** The limits and weights that have no column of their own, each in words. */
export function furtherLimits(usage: MapUsage | undefined): string[] {
  return (usage?.further ?? []).map(
    ({ name, bytes, text }) => `${name} ${bytes === undefined ? text : compactBytes(bytes)}`,
  );
}
