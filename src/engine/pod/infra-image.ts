import { hostPlatform } from "../../oci/platform.ts";
import { pauseProgram } from "../../runtime/pause-program.ts";
import type { TarEntry } from "../../storage/tar/entry.ts";
import { encodeEntry, endOfArchive, paddingOf } from "../../storage/tar/write-header.ts";
import type { Engine } from "../engine.ts";
import { lookUpImage } from "../find-image.ts";

/** Another program is another image: its name says which one it is. */
const PAUSE_IMAGE = "localhost/estiba-pause:1";

/** The image of infra containers, made on first use, of a program of our own: nothing is fetched. Gives its name. */
export async function pauseImage(engine: Engine): Promise<string> {
  if (lookUpImage(engine, PAUSE_IMAGE) !== undefined) return PAUSE_IMAGE;
  const program = pauseProgram(hostPlatform().architecture);
  const { importImage } = await import("../import.ts");
  await importImage(
    engine,
    { stream: archiveOf(program) },
    {
      name: PAUSE_IMAGE,
      changes: ['ENTRYPOINT ["/pause"]'],
      message: "holds the namespaces of a pod",
      signal: new AbortController().signal,
    },
  );
  return PAUSE_IMAGE;
}

async function* archiveOf(program: Uint8Array): AsyncGenerator<Uint8Array> {
  await Promise.resolve();
  const entry: TarEntry = {
    type: "file",
    name: "pause",
    linkName: "",
    mode: 0o755,
    uid: 0,
    gid: 0,
    // The same bytes wherever it is made.
    modified: { seconds: 0, nanoseconds: 0 },
    sizeBytes: program.length,
    device: { major: 0, minor: 0 },
    xattrs: new Map(),
    segments: undefined,
  };
  yield Buffer.concat([encodeEntry(entry), program, new Uint8Array(paddingOf(program.length)), endOfArchive()]);
}
