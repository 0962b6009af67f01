import { finishTree } from "./finish-tree.ts";
import { LowerView } from "./lower-view.ts";
import type { TarEntry, TarSink } from "./tar/entry.ts";
import { TarReader } from "./tar/tar-reader.ts";
import { TreeWriter } from "./tree-writer.ts";

type ExtractOptions = {
  /** Let a folder take the place of something else, and the reverse. */
  readonly overwrite: boolean;
  /** Changes an entry before it is made, such as its owner. */
  readonly change?: (entry: TarEntry) => TarEntry;
  /** Who writes: runs each synchronous piece of the work. */
  readonly as?: (work: () => void) => void;
};

/**
 * Unpacks a tar archive below an open folder, over what is there, as `tar -x` does. Names are looked up inside that folder by openat2: no
 * entry and no link leads out of it, whatever others do to the tree meanwhile. The folder's own attributes change only where the archive
 * speaks of it. What was unpacked before an error stays. Throws `corrupt`, `invalid`, `conflict`, `exhausted`.
 */
export async function extractTree(
  folderFd: number,
  source: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  { overwrite, change, as = (work) => work() }: ExtractOptions,
): Promise<void> {
  using writer = new TreeWriter(folderFd, { form: "plain", overwrite });
  using nothing = new LowerView([]);
  const sink = change === undefined ? writer : changing(writer, change);
  // It goes to a disk that the user chose: the disk is the limit.
  const reader = new TarReader(sink, { maxEntries: Number.POSITIVE_INFINITY, maxBytes: Number.POSITIVE_INFINITY });
  for await (const chunk of source) as(() => reader.push(chunk));
  as(() => {
    reader.finish();
    finishTree(writer, nothing);
  });
}

function changing(sink: TarSink, change: (entry: TarEntry) => TarEntry): TarSink {
  return {
    entry: (entry) => sink.entry(change(entry)),
    data: (bytes, offset) => sink.data(bytes, offset),
    end: () => sink.end(),
  };
}
