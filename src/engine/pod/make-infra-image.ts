import { hostPlatform } from "../../oci/platform.ts";
import { pauseProgram } from "../../runtime/pause-program.ts";
import type { TarEntry } from "../../storage/tar/entry.ts";
import { encodeEntry, endOfArchive, paddingOf } from "../../storage/tar/write-header.ts";
import type { Engine } from "../engine.ts";
import { importImage } from "../import.ts";

/** Makes the image of infra containers under a name, of a program of our own: nothing is fetched. */
export async function makePauseImage(engine: Engine, name: string): Promise<void> {
  const program = pauseProgram(hostPlatform().architecture);
  await importImage(
    engine,
    { stream: archiveOf(program) },
    {
      name,
      changes: ['ENTRYPOINT ["/pause"]'],
      message: "holds the namespaces of a pod",
      signal: new AbortController().signal,
    },
  );
}

/** What every container has mounted: where the image has them, no start has to make them. */
const FOLDERS = ["dev", "proc", "sys"];

async function* archiveOf(program: Uint8Array): AsyncGenerator<Uint8Array> {
  await Promise.resolve();
  const folders = FOLDERS.map((name) => encodeEntry(entryOf(`${name}/`, "folder", 0)));
  const file = encodeEntry(entryOf("pause", "file", program.length));
  yield Buffer.concat([...folders, file, program, new Uint8Array(paddingOf(program.length)), endOfArchive()]);
}

function entryOf(name: string, type: TarEntry["type"], sizeBytes: number): TarEntry {
  return {
    type,
    name,
    linkName: "",
    mode: 0o755,
    uid: 0,
    gid: 0,
    // The same bytes wherever it is made.
    modified: { seconds: 0, nanoseconds: 0 },
    sizeBytes,
    device: { major: 0, minor: 0 },
    xattrs: new Map(),
    segments: undefined,
  };
}
