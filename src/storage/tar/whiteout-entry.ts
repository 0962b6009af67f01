import type { TarEntry } from "./entry.ts";

/** The mark that something below is gone, or that nothing below shows through. Mode 0 and no time: it must not depend on when it was made. */
export function whiteoutEntry(name: string): TarEntry {
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
