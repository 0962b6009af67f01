import { closeSync, constants } from "node:fs";
import { ERRNO, errnoError, must } from "../host/errno.ts";
import { O_CLOEXEC } from "../host/open-flags.ts";
import { fdPath } from "../host/openat.ts";
import { type FileStatus, S_IFLNK, S_IFMT, S_IFREG, statFd } from "../host/statx.ts";
import { AT_FDCWD, syscall } from "../host/syscall.ts";
import {
  type Attributes,
  applyToFile,
  applyToLink,
  applyToName,
  deviceNumber,
  procPath,
  readXattrs,
} from "./attributes.ts";

const { O_RDONLY, O_WRONLY, O_CREAT, O_EXCL, O_NOFOLLOW, O_NONBLOCK } = constants;
const SEEK_DATA = 3;
const SEEK_HOLE = 4;
const COPY_BYTES = 1024 * 1024;
const NONE: ReadonlyMap<string, string> = new Map();

/** A name (bytes ending in NUL) in an open folder. */
export type Location = { folderFd: number; name: Uint8Array };

/**
 * Copies one file that is no folder, content with its holes, owner, mode, times and extended attributes, to a name that does not exist.
 * `fromFd` (O_PATH) pins it; devices, fifos and links are made anew, never opened; their extended attributes are only reached by the name
 * they have, `from`. Throws by errno.
 */
export function copyNode(fromFd: number, to: Location, from?: Location): void {
  const status = statFd(fromFd);
  const type = status.mode & S_IFMT;
  if (type === S_IFREG) return copyFile(fromFd, status, to);
  const xattrs = from === undefined ? NONE : readXattrs({ path: procPath(from.folderFd, from.name) });
  const attributes = attributesOf(status, xattrs);
  if (type === S_IFLNK) {
    const target = new Uint8Array(4097);
    // The last byte stays 0.
    must("cannot read a link", "readlinkat", fromFd, "", target, target.length - 1);
    must("cannot copy a link", "symlinkat", target, to.folderFd, to.name);
    return applyToLink(to.folderFd, to.name, attributes);
  }
  must("cannot copy a device or fifo", "mknodat", to.folderFd, to.name, type | 0o600, deviceNumber(status.device));
  applyToName(to.folderFd, to.name, attributes);
}

/** The attributes of a status, as those of a copy. */
export function attributesOf(status: FileStatus, xattrs: ReadonlyMap<string, string>): Attributes {
  const { uid, gid, modified } = status;
  return { mode: status.mode & 0o7777, uid, gid, modified, xattrs };
}

function copyFile(fromFd: number, status: FileStatus, to: Location): void {
  const source = must("cannot read a file", "openat", AT_FDCWD, fdPath(fromFd), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  try {
    const flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
    const copy = must("cannot make a copy", "openat", to.folderFd, to.name, flags, 0o600);
    try {
      copyData(source, copy, status.sizeBytes);
      applyToFile(copy, attributesOf(status, readXattrs({ fd: source })));
    } finally {
      closeSync(copy);
    }
  } finally {
    closeSync(source);
  }
}

function copyData(source: number, copy: number, sizeBytes: number): void {
  must("cannot copy a file", "ftruncate", copy, sizeBytes);
  for (let position = 0; position < sizeBytes; ) {
    const start = syscall("lseek", source, position, SEEK_DATA);
    if (start === -ERRNO.ENXIO) return;
    if (start < 0) throw errnoError(-start, "cannot copy a file");
    const end = must("cannot copy a file", "lseek", source, start, SEEK_HOLE);
    copyStretch(source, copy, start, end);
    position = end;
  }
}

function copyStretch(source: number, copy: number, start: number, end: number): void {
  const buffer = new Uint8Array(Math.min(COPY_BYTES, end - start));
  for (let at = start; at < end; ) {
    const wanted = Math.min(buffer.length, end - at);
    const length = must("cannot copy a file", "pread64", source, buffer, wanted, at);
    if (length === 0) return;
    for (let done = 0; done < length; ) {
      done += must("cannot copy a file", "pwrite64", copy, buffer.subarray(done), length - done, at + done);
    }
    at += length;
  }
}
