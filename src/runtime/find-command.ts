import { closeSync } from "node:fs";
import { O_PATH } from "../host/open-flags.ts";
import { tryOpenInRoot } from "../host/openat.ts";
import { S_IFMT, S_IFREG, statFd } from "../host/statx.ts";

const EXECUTE_BITS = 0o111;

/** What becomes of a command looked up the way execvp does, inside a container's root. */
export type CommandLookup = "found" | "not_found" | "not_executable";

/**
 * Looks a command up inside a root, by PATH unless it has a slash: so that its absence can be told before a runtime tells it in words of its
 * own. The runtime's word stays the last one: what is found here may still fail.
 */
export function findCommand(
  rootFd: number,
  command: string,
  { env, cwd }: { env: readonly string[]; cwd: string },
): CommandLookup {
  if (command.includes("/")) return lookAt(rootFd, command.startsWith("/") ? command : `${cwd}/${command}`);
  const path = env.findLast((entry) => entry.startsWith("PATH="))?.slice("PATH=".length) ?? "";
  const results = path.split(":").map((folder) => lookAt(rootFd, `${folder === "" ? cwd : folder}/${command}`));
  if (results.includes("found")) return "found";
  return results.includes("not_executable") ? "not_executable" : "not_found";
}

function lookAt(rootFd: number, path: string): CommandLookup {
  const fd = tryOpenInRoot(rootFd, path, O_PATH);
  if (fd < 0) return "not_found";
  const { mode } = statFd(fd);
  closeSync(fd);
  return (mode & S_IFMT) === S_IFREG && (mode & EXECUTE_BITS) !== 0 ? "found" : "not_executable";
}
