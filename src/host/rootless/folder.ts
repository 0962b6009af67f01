import { lstatSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { EstibaError } from "../../lib/error.ts";
import { hostUid, IN_USER_NAMESPACE } from "../own-ids.ts";

/** Where what belongs to a user and not to one of his engines lies, until the next boot: by XDG_RUNTIME_DIR, else in /tmp. */
export function userRunFolder(environment: Readonly<Record<string, string | undefined>>): string {
  return join(environment["XDG_RUNTIME_DIR"] ?? `/tmp/estiba-run-${hostUid()}`, "estiba-rootless");
}

/** Makes the folder; nobody else may have made it before, or have a way into it. Throws `denied`. */
export function ensureUserRunFolder(environment: Readonly<Record<string, string | undefined>>): string {
  const folder = userRunFolder(environment);
  for (const path of [join(folder, ".."), folder]) {
    mkdirSync(path, { recursive: true, mode: 0o700 });
    const { uid, mode } = lstatSync(path);
    const isOurs = uid === (IN_USER_NAMESPACE ? 0 : hostUid()) && (mode & 0o170022) === 0o040000;
    if (isOurs) continue;
    throw new EstibaError("denied", {
      reason: "rootless.bad_run_folder",
      what: `the folder "${path}" is another user's, or others may write to it`,
      fix: "let XDG_RUNTIME_DIR name a folder of yours with mode 0700",
    });
  }
  return folder;
}
