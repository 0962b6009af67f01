import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { hasCode } from "../../lib/has-code.ts";

/** An open file of a log. What is read stays with it: conmon may write to it for a moment after it was moved aside. */
export type LogFile = { readonly fd: number; readonly inode: number; position: number; rest: Uint8Array };

/** The name of a file that was moved aside: 1 is the youngest. */
export function agedPath(path: string, age: number): string {
  return age === 0 ? path : `${path}.${age}`;
}

/**
 * Opens the files of a log that are there, oldest first; with `after`, those that are younger than the file of that inode. The current one is
 * opened first: files that are moved aside meanwhile are met again under their next name, so none is passed over.
 */
export function openLogFiles(path: string, kept: number, after?: number): LogFile[] {
  const files: LogFile[] = [];
  for (let age = 0; age < kept; age++) {
    const file = openLogFile(agedPath(path, age));
    if (file === undefined) continue;
    const known = file.inode === after;
    if (known || files.some(({ inode }) => inode === file.inode)) closeSync(file.fd);
    else files.unshift(file);
    if (known) break;
  }
  return files;
}

function openLogFile(path: string): LogFile | undefined {
  try {
    const fd = openSync(path, "r");
    return { fd, inode: fstatSync(fd).ino, position: 0, rest: new Uint8Array(0) };
  } catch (error) {
    if (hasCode(error, "ENOENT", "ENOTDIR")) return undefined;
    throw error;
  }
}

/** Reads `length` bytes from a place in the file, or as many as there are. */
export function readAt(fd: number, position: number, length: number): Uint8Array {
  const buffer = Buffer.allocUnsafe(length);
  return buffer.subarray(0, readSync(fd, buffer, 0, length, position));
}
