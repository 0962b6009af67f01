import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Engine } from "../../engine/engine.ts";
import { EstibaError } from "../../lib/error.ts";
import type { SecretUse } from "../../state/spec/secrets.ts";
import type { AssignedFile, Assignment } from "../manager/dispatch.ts";

/** In memory, as all of the run root: for the time in which a container starts and takes copies of its own. */
function folderOf({ paths }: Engine, taskId: string): string {
  return join(paths.node, "files", taskId);
}

/** The secrets and configs of a task, as its container has them. */
export function fileUses(engine: Engine, { task, files = [] }: Assignment): SecretUse[] {
  return files.map(({ name, target, uid, gid, mode }: AssignedFile, index) => ({
    type: "mount",
    secret: name,
    from: join(folderOf(engine, task.id), String(index)),
    target,
    uid,
    gid,
    mode,
  }));
}

/** Lays the data of a task's secrets and configs out until this is disposed. */
export function layOutFiles(engine: Engine, { task, files = [] }: Assignment): Disposable {
  const folder = folderOf(engine, task.id);
  const forget = (): void => rmSync(folder, { recursive: true, force: true });
  if (files.length === 0) return { [Symbol.dispose]: () => undefined };
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  for (const [index, file] of files.entries()) {
    if ("missing" in file) throw cannotBeHad(file.missing);
    writeFileSync(join(folder, String(index)), Buffer.from(file.data, "base64"), { mode: 0o600 });
  }
  return { [Symbol.dispose]: forget };
}

function cannotBeHad(what: string): EstibaError {
  return new EstibaError("not_found", { reason: "cluster.file_missing", what });
}

/** Forgets what one that was killed has left. */
export function forgetFiles({ paths }: Engine): void {
  rmSync(join(paths.node, "files"), { recursive: true, force: true });
}
