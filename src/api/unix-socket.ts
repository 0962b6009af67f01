import { chmodSync, chownSync, lstatSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { connect, type Server } from "node:net";
import { dirname } from "node:path";
import { EstibaError } from "../lib/error.ts";
import { hasCode } from "../lib/has-code.ts";

const OWNER_ONLY = 0o177;
const GROUP_TOO = 0o660;

/**
 * Listens at a path: for the owner alone, or for a group besides. A socket of ours that nobody answers is replaced; anything else there is
 * left alone. Throws `conflict` for that, `invalid` for an unknown group. Disposing takes the socket away, if it is still this one.
 */
export async function listenUnix(server: Server, path: string, group: string | undefined): Promise<Disposable> {
  const gid = group === undefined ? undefined : groupId(group);
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  await makeRoom(path);
  // Never open to others, not even for the moment before a chmod.
  const before = process.umask(OWNER_ONLY);
  try {
    await listening(server, () => server.listen(path));
  } finally {
    process.umask(before);
  }
  if (gid !== undefined) {
    chownSync(path, process.getuid?.() ?? 0, gid);
    chmodSync(path, GROUP_TOO);
  }
  const { ino } = lstatSync(path);
  return {
    [Symbol.dispose]: () => {
      if (lstatSync(path, { throwIfNoEntry: false })?.ino === ino) rmSync(path, { force: true });
    },
  };
}

/** Resolves when the server listens; rejects with why it does not. */
export async function listening(server: Server, listen: () => void): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.once("listening", () => {
      server.off("error", reject);
      resolve();
    });
    listen();
  });
}

async function makeRoom(path: string): Promise<void> {
  const there = lstatSync(path, { throwIfNoEntry: false });
  if (there === undefined) return;
  if (!there.isSocket()) throw taken(path, there.isSymbolicLink() ? "a link" : "a file that is no socket");
  if (await answers(path)) throw taken(path, "a socket on which another service answers");
  if (there.uid !== process.getuid?.()) throw taken(path, "a socket of another user");
  rmSync(path);
}

async function answers(path: string): Promise<boolean> {
  return await new Promise<boolean>((resolve, reject) => {
    const socket = connect(path);
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", (error) => {
      // ENOENT: its owner has just taken it away.
      if (hasCode(error, "ECONNREFUSED", "ENOENT")) resolve(false);
      else reject(error);
    });
  });
}

function taken(path: string, what: string): EstibaError {
  return new EstibaError("conflict", {
    reason: "api.socket_taken",
    what: `cannot listen at "${path}": there is ${what}`,
    fix: "choose another path, or take away what is there",
  });
}

function groupId(name: string): number {
  if (/^\d+$/.test(name)) return Number(name);
  const line = readFileSync("/etc/group", "utf8")
    .split("\n")
    .find((text) => text.startsWith(`${name}:`));
  const gid = line?.split(":")[2];
  if (gid !== undefined && gid !== "") return Number(gid);
  throw new EstibaError("invalid", {
    reason: "api.unknown_group",
    what: `--group: there is no group "${name}" in /etc/group`,
    fix: `make it: groupadd --system ${name}`,
  });
}
