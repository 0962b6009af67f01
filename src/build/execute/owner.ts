import { EstibaError, isEstibaError } from "../../lib/error.ts";
import { resolveUser } from "../../runtime/user.ts";

/** Owner of files by number. */
export type Owner = { readonly uid: number; readonly gid: number };

/** `u=rwX,go=rX` and octal modes as a change of a mode; whether it is a folder matters for X. */
export type ModeChange = (mode: number, isFolder: boolean) => number;

/**
 * Whom `--chown` names, by the stage's own passwd and group: `bob` is bob with his group, `1000` is 1000:1000, `:staff` is root with that
 * group. Throws `not_found` for an unknown name, unlike BuildKit, which takes root.
 */
export function resolveOwner(rootFd: number, text: string): Owner {
  const [user = "", group] = text.split(":");
  if (/^\d+$/.test(user) && group === undefined) return { uid: numberOf(user), gid: numberOf(user) };
  try {
    const { uid, gid } = resolveUser(rootFd, `${user === "" ? "0" : user}${group === undefined ? "" : `:${group}`}`, {
      groupAdd: [],
    });
    return { uid, gid };
  } catch (error) {
    if (!isEstibaError(error, "not_found", "invalid")) throw error;
    throw new EstibaError("invalid", {
      reason: "build.unknown_owner",
      what: `--chown=${text}: there is no such user or group in the stage`,
      cause: error,
      fix: "use numbers, or make the user first: RUN adduser",
    });
  }
}

function numberOf(text: string): number {
  return Math.min(Number(text), 0xffff_fffe);
}

/** Reads `--chmod`: octal up to 7777, or symbolic as chmod(1) has it. Throws `invalid`. */
export function parseMode(text: string): ModeChange {
  if (/^[0-7]{1,4}$/.test(text)) {
    const mode = Number.parseInt(text, 8);
    return () => mode;
  }
  const clauses = text.split(",").map((clause) => /^([ugoa]*)([-+=])([rwxXst]*)$/.exec(clause));
  if (text === "" || clauses.includes(null)) {
    throw new EstibaError("invalid", {
      reason: "build.bad_mode",
      what: `--chmod=${text} is no mode`,
      fix: "write it as 0755 or u=rwX,go=rX",
    });
  }
  return (mode, isFolder) =>
    clauses.reduce((current, clause) => {
      const [, who = "", operator = "", rights = ""] = clause ?? [];
      return applyClause(current, { who: who === "" ? "a" : who, operator, rights, isFolder });
    }, mode);
}

type Clause = { who: string; operator: string; rights: string; isFolder: boolean };

const SHIFTS: Readonly<Record<string, number>> = { u: 6, g: 3, o: 0 };

function applyClause(mode: number, { who, operator, rights, isFolder }: Clause): number {
  const classes = who.includes("a") ? ["u", "g", "o"] : who.split("");
  let bits = 0;
  let mask = 0;
  for (const name of classes) {
    const shift = SHIFTS[name] ?? 0;
    mask |= (0o7 << shift) | (name === "u" ? 0o4000 : name === "g" ? 0o2000 : 0o1000);
    bits |= rightBits(rights, isFolder || (mode & 0o111) !== 0) << shift;
    if (rights.includes("s") && name !== "o") bits |= name === "u" ? 0o4000 : 0o2000;
  }
  if (rights.includes("t")) bits |= 0o1000;
  if (operator === "+") return mode | bits;
  return operator === "-" ? mode & ~bits : (mode & ~mask) | bits;
}

function rightBits(rights: string, executable: boolean): number {
  const execute = rights.includes("x") || (rights.includes("X") && executable);
  return (rights.includes("r") ? 4 : 0) | (rights.includes("w") ? 2 : 0) | (execute ? 1 : 0);
}
