import type { TarEntry } from "./entry.ts";

/** A file that is empty, with mode 0 and no time: what an entry begins with that is put together by hand. */
export function emptyEntry(name: string): TarEntry {
  return {
    type: "file",
    name,
    linkName: "",
    mode: 0,
    uid: 0,
    gid: 0,
    modified: { seconds: 0, nanoseconds: 0 },
    sizeBytes: 0,
    device: { major: 0, minor: 0 },
    xattrs: new Map(),
    segments: undefined,
  };
}
