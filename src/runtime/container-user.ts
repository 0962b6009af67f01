import { closeSync, constants, readFileSync } from "node:fs";
import { O_PATH } from "../host/open-flags.ts";
import { readFileInRoot, tryOpenInRoot } from "../host/openat.ts";
import { EstibaError, isEstibaError } from "../lib/error.ts";
import type { ContainerRecord } from "../state/container.ts";
import { MAX_PASSWD_BYTES, type ResolvedUser, resolveUser } from "./user.ts";

/** Whom a container runs as, and the texts of passwd and group where they must say more than the image's. */
export type ContainerUser = {
  readonly user: ResolvedUser;
  readonly files: Readonly<Record<string, string>>;
};

/**
 * Resolves a container's user. One without an entry gets one, with the working folder as home, and so do the users of `--hostuser`. Source:
 * podman-run(1), `--passwd`, `--passwd-entry`, `--group-entry`, `--hostuser`. Throws `not_found` for a name nobody knows.
 */
export function resolveContainerUser(rootFd: number, record: ContainerRecord): ContainerUser {
  const { process, spec } = record;
  const { identity = {} } = spec;
  const guests = (identity.hostUsers ?? []).map((name) => hostEntry(rootFd, name, process.cwd));
  const user = resolveUser(rootFd, process.user, { groupAdd: spec.groupAdd, passwd: guests });
  const named = isStranger(user) ? { ...user, home: process.cwd } : user;
  if (identity.noPasswd === true) return { user: named, files: {} };
  return {
    user: named,
    files: { ...passwdFile(rootFd, record, { user: named, guests }), ...groupFile(rootFd, record) },
  };
}

function isStranger({ name, uid }: ResolvedUser): boolean {
  return name === "" && uid !== 0;
}

type Entries = { readonly user: ResolvedUser; readonly guests: readonly string[] };

function passwdFile(
  rootFd: number,
  { spec: { identity = {} } }: ContainerRecord,
  { user, guests }: Entries,
): Record<string, string> {
  if (guests.length === 0 && !isStranger(user)) return {};
  const text = readText(rootFd, "/etc/passwd");
  const known = new Set(text.split("\n").map((line) => line.split(":", 1)[0]));
  const added = guests.filter((line) => !known.has(line.split(":", 1)[0]));
  if (isStranger(user)) {
    const form = identity.passwdEntry ?? "$USERNAME:*:$UID:$GID:$NAME:$HOME:/bin/sh";
    const { uid, gid, home } = user;
    added.push(fillIn(form, { USERNAME: `${uid}`, UID: `${uid}`, GID: `${gid}`, NAME: "container user", HOME: home }));
  }
  return added.length === 0 ? {} : { "/etc/passwd": appended(text, added) };
}

function groupFile(rootFd: number, { process, spec: { identity = {} } }: ContainerRecord): Record<string, string> {
  const [userPart = "", groupPart = userPart] = process.user.split(":");
  // Podman's rule: a number that no group has, of the group or else of the user.
  if (!/^\d+$/.test(groupPart)) return {};
  const text = readText(rootFd, "/etc/group");
  if (text.split("\n").some((line) => Number(line.split(":")[2]) === Number(groupPart) && line !== "")) return {};
  const form = identity.groupEntry ?? "$GROUPNAME:x:$GID:$USERLIST";
  const line = fillIn(form, { GROUPNAME: groupPart, GID: groupPart, USERLIST: userPart });
  return { "/etc/group": appended(text, [line]) };
}

function appended(text: string, lines: readonly string[]): string {
  const ended = text === "" || text.endsWith("\n") ? text : `${text}\n`;
  return `${ended}${lines.join("\n")}\n`;
}

function fillIn(form: string, values: Readonly<Record<string, string>>): string {
  return form.replaceAll(
    /\$(?:\{([A-Z]+)\}|([A-Z]+))/g,
    (all, braced?: string, bare?: string) => values[braced ?? bare ?? ""] ?? all,
  );
}

function hostEntry(rootFd: number, name: string, cwd: string): string {
  const line = readFileSync("/etc/passwd", "utf8")
    .split("\n")
    .find((entry) => entry.startsWith(`${name}:`));
  if (line === undefined) {
    throw new EstibaError("not_found", {
      reason: "runtime.unknown_host_user",
      what: `--hostuser: this host has no user "${name}"`,
      fix: "see: getent passwd",
    });
  }
  const [, , uid = "", gid = "", gecos = "", home = ""] = line.split(":");
  return `${name}:*:${uid}:${gid}:${gecos.split(",", 1)[0]}:${isFolder(rootFd, home) ? home : cwd}:/bin/sh`;
}

function isFolder(rootFd: number, path: string): boolean {
  const fd = tryOpenInRoot(rootFd, path, O_PATH | constants.O_DIRECTORY);
  if (fd >= 0) closeSync(fd);
  return fd >= 0;
}

function readText(rootFd: number, path: string): string {
  try {
    return Buffer.from(readFileInRoot(rootFd, path, { maxBytes: MAX_PASSWD_BYTES })).toString("utf8");
  } catch (error) {
    if (isEstibaError(error, "not_found")) return "";
    throw error;
  }
}
