import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Engine } from "../../engine/engine.ts";
import { hasCode } from "../../lib/has-code.ts";
import { randomHex } from "../../lib/random-hex.ts";

/**
 * What tells this machine from a copy of its data: the same for every process of the node until the machine is started anew. Called by the
 * process that holds the node's lock.
 */
export function nodeSession({ paths }: Engine): string {
  const path = join(paths.node, "session");
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if (!hasCode(error, "ENOENT")) throw error;
  }
  const session = randomHex(8);
  writeFileSync(`${path}.new`, session, { mode: 0o600 });
  renameSync(`${path}.new`, path);
  return session;
}
