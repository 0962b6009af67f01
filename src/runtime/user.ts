import { readFileInRoot } from "../host/openat.ts";
import { EstibaError, isEstibaError } from "../lib/error.ts";

/** Whom the container's process runs as. */
export type ResolvedUser = {
  /** Empty for a number that passwd does not know. */
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
  readonly additionalGids: readonly number[];
  readonly home: string;
};

/** A file beyond this is not what passwd(5) is for; it bounds memory against hostile images. */
export const MAX_PASSWD_BYTES: number = 4 * 1024 * 1024;
// 2^32-1 means "unchanged" to the kernel's chown and setuid.
const MAX_ID = 0xfffffffe;

type PasswdEntry = { name: string; uid: number; gid: number; home: string };
type GroupEntry = { name: string; gid: number; members: readonly string[] };

type UserOptions = {
  readonly groupAdd: readonly string[];
  /** Lines of passwd beyond the root's own. */
  readonly passwd?: readonly string[];
};

/**
 * Resolves `name|uid[:group|gid]` by the root's own passwd and group files, read inside the root. A number is never looked up as a name.
 * Throws `not_found` for an unknown name, `invalid` for an id out of range.
 */
export function resolveUser(
  rootFd: number,
  wanted: string,
  { groupAdd, passwd: more = [] }: UserOptions,
): ResolvedUser {
  const [userPart, groupPart] = splitUser(wanted);
  const passwd = parsePasswd([...readLines(rootFd, "/etc/passwd"), ...more]);
  const entry = findUser(passwd, userPart === "" ? "0" : userPart);
  const needsGroups = groupPart !== undefined || groupAdd.length > 0 || entry.name !== "";
  const groups = needsGroups ? parseGroup(readLines(rootFd, "/etc/group")) : [];
  const gid = groupPart === undefined ? entry.gid : findGroup(groups, groupPart);
  // An explicit group replaces the user's others, as Docker and Podman do.
  const memberships = groupPart === undefined ? groups.filter(({ members }) => members.includes(entry.name)) : [];
  const additional = new Set([
    ...memberships.map((group) => group.gid),
    ...groupAdd.map((name) => findGroup(groups, name)),
  ]);
  // A file that keeps a group out must keep out those whose main group it is, too (CVE-2022-2989).
  const additionalGids = [...(gid === 0 ? [] : [gid]), ...[...additional].filter((id) => id !== gid)];
  return { name: entry.name, uid: entry.uid, gid, additionalGids, home: entry.home };
}

/** Names of users and groups by their ids. */
export type IdNames = { readonly users: ReadonlyMap<number, string>; readonly groups: ReadonlyMap<number, string> };

/** What the root's own passwd and group files call the ids; the first name of an id counts. */
export function readIdNames(rootFd: number): IdNames {
  const users = parsePasswd(readLines(rootFd, "/etc/passwd")).map(({ uid, name }) => [uid, name] as const);
  const groups = parseGroup(readLines(rootFd, "/etc/group")).map(({ gid, name }) => [gid, name] as const);
  return { users: new Map(users.toReversed()), groups: new Map(groups.toReversed()) };
}

function splitUser(wanted: string): [string, string | undefined] {
  const colon = wanted.indexOf(":");
  if (colon < 0) return [wanted, undefined];
  const group = wanted.slice(colon + 1);
  return [wanted.slice(0, colon), group === "" ? undefined : group];
}

function findUser(passwd: readonly PasswdEntry[], wanted: string): PasswdEntry {
  if (/^\d+$/.test(wanted)) {
    const uid = parseId(wanted, "user");
    return passwd.find((entry) => entry.uid === uid) ?? { name: "", uid, gid: 0, home: uid === 0 ? "/root" : "/" };
  }
  const found = passwd.find(({ name }) => name === wanted);
  if (found === undefined) throw unknownName("user", wanted, "/etc/passwd");
  return found;
}

function findGroup(groups: readonly GroupEntry[], wanted: string): number {
  if (/^\d+$/.test(wanted)) return parseId(wanted, "group");
  const found = groups.find(({ name }) => name === wanted);
  if (found === undefined) throw unknownName("group", wanted, "/etc/group");
  return found.gid;
}

function unknownName(kind: "user" | "group", name: string, file: string): EstibaError {
  return new EstibaError("not_found", {
    reason: `runtime.unknown_${kind}`,
    what: `unable to find ${kind} "${name}": the image's ${file} has no such entry`,
    fix: `use a name that the image knows, or a numeric id`,
  });
}

function parseId(text: string, kind: string): number {
  const id = Number(text);
  if (Number.isSafeInteger(id) && id <= MAX_ID) return id;
  throw new EstibaError("invalid", {
    reason: "runtime.id_out_of_range",
    what: `the ${kind} id ${text} is out of range (0 to ${MAX_ID})`,
  });
}

function readLines(rootFd: number, path: string): string[] {
  try {
    return new TextDecoder().decode(readFileInRoot(rootFd, path, { maxBytes: MAX_PASSWD_BYTES })).split("\n");
  } catch (error) {
    // An image without the file knows no names; numbers still work.
    if (isEstibaError(error, "not_found")) return [];
    throw error;
  }
}

function parsePasswd(lines: readonly string[]): PasswdEntry[] {
  return lines.flatMap((line) => {
    const [name = "", , uid = "", gid = "", , home = ""] = line.split(":");
    if (!isId(uid) || !isId(gid) || name === "") return [];
    return [{ name, uid: Number(uid), gid: Number(gid), home: home.startsWith("/") ? home : "/" }];
  });
}

function parseGroup(lines: readonly string[]): GroupEntry[] {
  return lines.flatMap((line) => {
    const [name = "", , gid = "", members = ""] = line.split(":");
    if (!isId(gid) || name === "") return [];
    return [{ name, gid: Number(gid), members: members.split(",").map((member) => member.trim()) }];
  });
}

function isId(text: string): boolean {
  return /^\d{1,10}$/.test(text) && Number(text) <= MAX_ID;
}
