import { resolvePaths } from "../config/paths.ts";
import { hostUid } from "../host/own-ids.ts";
import type { Globals } from "./context.ts";
import type { Entry } from "./usual-commands.ts";

/** They look at the host as the user sees it. */
const OUTSIDE: readonly string[] = ["doctor", "version"];

/**
 * Who is not root works as the root of his own namespaces: there this process begins anew, and this call does not return. Nothing happens
 * for root, and for commands that need no engine. Throws `unsupported` with what the host lacks.
 */
export async function enterWhereNotRoot(entry: Entry, globals: Globals, words: readonly string[]): Promise<void> {
  if (entry.isLocal === true || entry.names.some((name) => OUTSIDE.includes(name))) return;
  const { root, runRoot } = resolvePaths({ ...globals, environment: process.env, uid: hostUid() });
  await (await import("../host/rootless/enter.ts")).enterOwnNamespaces({ words, root, runRoot });
}
