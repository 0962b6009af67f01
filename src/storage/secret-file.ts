import { closeSync, fsyncSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { folderNames } from "../host/folder-names.ts";
import { hasCode } from "../lib/has-code.ts";

/** Writes the data of a new secret to `<folder>/<id>`, which only root can read; it is on the disk when this returns. */
export function writeSecretFile(folder: string, id: string, data: Uint8Array): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const fd = openSync(join(folder, id), "wx", 0o600);
  try {
    writeFileSync(fd, data);
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
  syncFolder(folder);
}

/** The data of a secret; undefined where its file is gone. */
export function readSecretFile(folder: string, id: string): Buffer | undefined {
  try {
    return readFileSync(join(folder, id));
  } catch (error) {
    if (hasCode(error, "ENOENT")) return undefined;
    throw error;
  }
}

/** Idempotent. */
export function removeSecretFile(folder: string, id: string): void {
  rmSync(join(folder, id), { force: true });
}

/** The ids that have data. */
export function listSecretFiles(folder: string): string[] {
  return folderNames(folder);
}

function syncFolder(folder: string): void {
  const fd = openSync(folder, "r");
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}
