import { closeSync, constants } from "node:fs";
import { openInRoot, openRoot } from "../host/openat.ts";
import { extractTree } from "./extract.ts";

/** Unpacks an archive into a folder that is there, over what it holds; nothing lands outside. Throws as {@link extractTree}. */
export async function unpackInto(
  folder: string,
  archive: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
): Promise<void> {
  const pinned = openRoot(folder);
  try {
    const fd = openInRoot(pinned, ".", constants.O_RDONLY | constants.O_DIRECTORY);
    try {
      await extractTree(fd, archive, { overwrite: true });
    } finally {
      closeSync(fd);
    }
  } finally {
    closeSync(pinned);
  }
}
