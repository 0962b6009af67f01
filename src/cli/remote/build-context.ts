import { closeSync, constants, existsSync, readFileSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import {
  type IgnoreRules,
  type IgnoreState,
  ignoreRoot,
  ignoreState,
  mayKeepBelow,
} from "../../build/context/ignore.ts";
import { openInRoot, openRoot } from "../../host/openat.ts";
import { S_IFDIR, S_IFMT } from "../../host/statx.ts";
import { encodeEntry, endOfArchive, paddingOf } from "../../storage/tar/write-header.ts";
import { writeTree } from "../../storage/tar/write-tree.ts";
import type { BuildFiles } from "../build/context.ts";

/** What the Containerfile is called in the archive where it lies outside of the context, is left out of it, or is stdin. */
const OWN_NAME = ".estiba.containerfile";

/** A folder as what a build at an engine elsewhere is sent: without what its ignore rules leave out, and with the Containerfile. */
export function packContext(files: BuildFiles): { query: Record<string, string>; body: AsyncIterable<Uint8Array> } {
  const inside = pathInContext(files);
  if (inside !== undefined) return { query: { dockerfile: inside }, body: archiveOf(files, {}) };
  return { query: { dockerfile: OWN_NAME }, body: archiveOf(files, ownFiles(files)) };
}

/** The path of the Containerfile in the context, where it is there and goes along. */
function pathInContext({ context, containerfile, ignore }: BuildFiles): string | undefined {
  for (const path of [resolve(context, containerfile.name), resolve(containerfile.name)]) {
    const inside = relative(context, path);
    if (inside.startsWith("..") || isIgnored(ignore, inside)) continue;
    if (existsSync(path) && readFileSync(path, "utf8") === containerfile.text) return inside;
  }
  return undefined;
}

function isIgnored(ignore: IgnoreRules, path: string): boolean {
  let state = ignoreRoot(ignore);
  const parts = path.split("/");
  for (const at of parts.keys()) state = ignoreState(ignore, parts.slice(0, at + 1).join("/"), state);
  return state.excluded;
}

// COPY must not see it: the engine is told to leave it out, as Docker's own command does it. Estiba reads the second one first.
const IGNORE_FILES = [".dockerignore", ".containerignore"];

function ownFiles({ context, containerfile }: BuildFiles): Record<string, string> {
  const there = IGNORE_FILES.filter((name) => existsSync(join(context, name)));
  const changed = there.map((name) => [name, `${readFileSync(join(context, name), "utf8")}\n${OWN_NAME}\n`] as const);
  // One that is only made for this leaves itself out, too.
  const made = there.length === 0 ? [[".dockerignore", `.dockerignore\n${OWN_NAME}\n`] as const] : [];
  return { [OWN_NAME]: containerfile.text, ...Object.fromEntries([...changed, ...made]) };
}

// Asynchronous: sending waits for the reader.
async function* archiveOf(
  { context, ignore }: BuildFiles,
  own: Readonly<Record<string, string>>,
): AsyncGenerator<Uint8Array> {
  for (const [name, text] of Object.entries(own)) yield* ownFile(name, Buffer.from(text, "utf8"));
  const states = new Map<string, IgnoreState>([["", ignoreRoot(ignore)]]);
  const root = openRoot(context);
  try {
    const fd = openInRoot(root, ".", constants.O_RDONLY | constants.O_DIRECTORY);
    try {
      yield* writeTree(fd, {
        name: "",
        end: false,
        includes: (path, { mode }) => {
          const slash = path.lastIndexOf("/");
          const parent = states.get(path.slice(0, Math.max(0, slash))) ?? ignoreRoot(ignore);
          const text = Buffer.from(path, "latin1").toString("utf8");
          if (Object.hasOwn(own, text)) return false;
          const state = ignoreState(ignore, text, parent);
          const isFolder = (mode & S_IFMT) === S_IFDIR;
          if (isFolder) states.set(path, state);
          return !state.excluded || (isFolder && mayKeepBelow(ignore, text));
        },
        // The owners of this host are nobody there.
        change: (entry) => ({ ...entry, uid: 0, gid: 0 }),
      });
    } finally {
      closeSync(fd);
    }
  } finally {
    closeSync(root);
  }
  yield endOfArchive();
  await Promise.resolve();
}

function* ownFile(name: string, text: Buffer): Generator<Uint8Array> {
  yield encodeEntry({
    type: "file",
    name,
    linkName: "",
    mode: 0o644,
    uid: 0,
    gid: 0,
    modified: { seconds: 0, nanoseconds: 0 },
    sizeBytes: text.length,
    device: { major: 0, minor: 0 },
    xattrs: new Map(),
    segments: undefined,
  });
  yield text;
  yield new Uint8Array(paddingOf(text.length));
}
