import { readlinkSync, rmSync } from "node:fs";
import { join } from "node:path";
import { hasCode } from "../../lib/has-code.ts";
import { IN_USER_NAMESPACE } from "../own-ids.ts";
import { allProcesses, isAlive, sendSignal, startTicksOf } from "../process.ts";
import { userRunFolder } from "./folder.ts";
import { findHolder, readProcess } from "./holder.ts";

const SIGKILL = 9;
const SIGTERM = 15;
const PATIENCE_MS = 10_000;

/**
 * Ends what keeps the user's namespaces, and his network's way out: the next command makes new ones. Nothing happens for an engine of root's,
 * and while anything but this process lives in them: then it gives the pids.
 */
export async function endOwnNamespaces(): Promise<readonly number[]> {
  if (!IN_USER_NAMESPACE) return [];
  const folder = userRunFolder(process.env);
  const holder = findHolder(folder);
  if (holder === undefined) return [];
  const slirp = readProcess(join(folder, "slirp"));
  const own = new Set([process.pid, holder.pid, slirp?.pid]);
  const ours = namespaceOf(process.pid);
  // One that has ended, and is waited for by nobody yet, holds nothing.
  const users = allProcesses().filter(
    (pid) => !own.has(pid) && namespaceOf(pid) === ours && startTicksOf(pid) !== undefined,
  );
  if (users.length > 0) return users;
  if (slirp !== undefined) sendSignal(slirp.pid, SIGTERM);
  sendSignal(holder.pid, SIGKILL);
  const deadline = performance.now() + PATIENCE_MS;
  while ((isAlive(slirp) || isAlive(holder)) && performance.now() < deadline) await Bun.sleep(1);
  rmSync(folder, { recursive: true, force: true });
  return [];
}

function namespaceOf(pid: number): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/ns/user`);
  } catch (error) {
    // Gone, or another user's.
    if (hasCode(error, "ENOENT", "EACCES", "EPERM", "ESRCH")) return undefined;
    throw error;
  }
}
