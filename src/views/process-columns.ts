import type { Top, TopProcess } from "../engine/top.ts";
import { TICKS_PER_SECOND } from "../host/process-facts.ts";
import { EstibaError } from "../lib/error.ts";
import { goDuration } from "../lib/go-duration.ts";
import { CAPABILITIES, capabilitiesOfMask } from "../oci/capability.ts";
import { goTime } from "./go-time.ts";

type Context = Pick<Top, "names" | "hostNames"> & { readonly nowMs: number };

type Column = {
  /** The letter of ps(1)'s AIX format, such as `%p`. */
  readonly code?: string;
  readonly header: string;
  readonly value: (process: TopProcess, context: Context) => string;
};

/** Podman's format descriptors of `top`, by name. Source: containers/psgo. */
const COLUMNS: Readonly<Record<string, Column>> = {
  args: { code: "%a", header: "COMMAND", value: ({ facts }) => facts.args.join(" ") || `[${facts.command}]` },
  capamb: { header: "AMBIENT CAPS", value: ({ facts }) => capabilities(facts.rights.capAmbient) },
  capbnd: { header: "BOUNDING CAPS", value: ({ facts }) => capabilities(facts.rights.capBounding) },
  capeff: { header: "EFFECTIVE CAPS", value: ({ facts }) => capabilities(facts.rights.capEffective) },
  capinh: { header: "INHERITED CAPS", value: ({ facts }) => capabilities(facts.rights.capInheritable) },
  capprm: { header: "PERMITTED CAPS", value: ({ facts }) => capabilities(facts.rights.capPermitted) },
  comm: { code: "%c", header: "COMMAND", value: ({ facts }) => facts.command },
  etime: { code: "%t", header: "ELAPSED", value: (process, { nowMs }) => goDuration(elapsedMs(process, nowMs) * 1e6) },
  group: { code: "%G", header: "GROUP", value: ({ gids }, { names }) => named(gids[1], names.groups) },
  groups: {
    header: "GROUPS",
    value: ({ groups }, { names }) => groups.map((gid) => named(gid, names.groups)).join(","),
  },
  hgroup: { header: "HGROUP", value: ({ facts }, { hostNames }) => named(facts.gids[1], hostNames.groups) },
  hgroups: {
    header: "HGROUPS",
    value: ({ facts }, { hostNames }) => facts.groups.map((gid) => named(gid, hostNames.groups)).join(","),
  },
  hpid: { header: "HPID", value: ({ facts }) => String(facts.pid) },
  huid: { header: "HUID", value: ({ facts }) => String(facts.uids[1] ?? 0) },
  huser: { header: "HUSER", value: ({ facts }, { hostNames }) => named(facts.uids[1], hostNames.users) },
  label: { header: "LABEL", value: ({ facts }) => facts.label ?? "?" },
  nice: { code: "%n", header: "NI", value: ({ facts }) => String(facts.nice) },
  pcpu: { code: "%C", header: "%CPU", value: (process, { nowMs }) => cpuShare(process, nowMs).toFixed(3) },
  pgid: { code: "%r", header: "PGID", value: ({ processGroup }) => String(processGroup) },
  pid: { code: "%p", header: "PID", value: ({ pid }) => String(pid) },
  ppid: { code: "%P", header: "PPID", value: ({ parent }) => String(parent) },
  rgroup: { code: "%g", header: "RGROUP", value: ({ gids }, { names }) => named(gids[0], names.groups) },
  rss: { header: "RSS", value: ({ facts }) => String(facts.residentKib) },
  ruser: { code: "%u", header: "RUSER", value: ({ uids }, { names }) => named(uids[0], names.users) },
  seccomp: {
    header: "SECCOMP",
    value: ({ facts }) => ["disabled", "strict", "filter"][facts.rights.seccompMode] ?? "?",
  },
  state: { header: "STATE", value: ({ facts }) => facts.state },
  stime: { header: "STIME", value: ({ startedAt }) => goTime(startedAt) },
  time: { code: "%x", header: "TIME", value: ({ facts }) => goDuration(wholeSeconds(facts.cpuTicks) * 1e9) },
  tty: { code: "%y", header: "TTY", value: ({ facts }) => terminalName(facts.terminal) },
  uid: { header: "UID", value: ({ uids }) => String(uids[1]) },
  user: { code: "%U", header: "USER", value: ({ uids }, { names }) => named(uids[1], names.users) },
  vsz: { code: "%z", header: "VSZ", value: ({ facts }) => String(Math.floor(facts.virtualBytes / 1024)) },
};

const DEFAULT_COLUMNS = ["user", "pid", "ppid", "pcpu", "etime", "tty", "time", "args"];

/** The names of all columns, sorted. */
export const COLUMN_NAMES: readonly string[] = Object.keys(COLUMNS).toSorted();

/** Whether each of the words, which may be lists with commas, names columns. None at all are the usual ones. */
export function areColumns(words: readonly string[]): boolean {
  return split(words).every((name) => findColumn(name) !== undefined);
}

/** Heading and rows of the columns that the words name. Throws `invalid` for one that is none. */
export function topRows({ processes, ...names }: Top, words: readonly string[], nowMs: number): string[][] {
  const wanted = split(words);
  const columns = (wanted.length === 0 ? DEFAULT_COLUMNS : wanted).map(columnOf);
  const rows = processes.map((process) => columns.map(({ value }) => value(process, { ...names, nowMs })));
  return [columns.map(({ header }) => header), ...rows];
}

function split(words: readonly string[]): string[] {
  return words
    .flatMap((word) => word.split(","))
    .map((name) => name.trim())
    .filter((name) => name !== "");
}

function columnOf(name: string): Column {
  const column = findColumn(name);
  if (column !== undefined) return column;
  throw new EstibaError("invalid", {
    reason: "container.unknown_column",
    what: `'${name}': unknown descriptor`,
    fix: `known: ${COLUMN_NAMES.join(", ")}`,
  });
}

function findColumn(name: string): Column | undefined {
  return Object.hasOwn(COLUMNS, name) ? COLUMNS[name] : Object.values(COLUMNS).find(({ code }) => code === name);
}

function capabilities(mask: bigint): string {
  const names = capabilitiesOfMask(mask).map((name) => name.replace(/^CAP_/, ""));
  if (names.length === CAPABILITIES.length) return "full";
  return names.length === 0 ? "none" : names.toSorted().join(",");
}

function named(id: number | undefined, names: ReadonlyMap<number, string>): string {
  return id === undefined ? "?" : (names.get(id) ?? String(id));
}

function elapsedMs({ startedAt }: TopProcess, nowMs: number): number {
  return Math.max(0, nowMs - startedAt);
}

function cpuShare(process: TopProcess, nowMs: number): number {
  const elapsed = elapsedMs(process, nowMs) / 1000;
  return elapsed === 0 ? 0 : (100 * process.facts.cpuTicks) / TICKS_PER_SECOND / elapsed;
}

function wholeSeconds(ticks: number): number {
  return Math.floor(ticks / TICKS_PER_SECOND);
}

/** The name of a terminal by its device number (proc(5), devices.txt of the kernel). */
export function terminalName(device: number): string {
  const major = (device >> 8) & 0xfff;
  const minor = (device & 0xff) | ((device >> 12) & 0xfff00);
  if (major >= 136 && major <= 143) return `pts/${(major - 136) * 256 + minor}`;
  if (major === 4) return minor < 64 ? `tty${minor}` : `ttyS${minor - 64}`;
  return major === 5 && minor === 1 ? "console" : "?";
}
