import {
  chmodSync,
  closeSync,
  copyFileSync,
  mkdirSync,
  openSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { EstibaError } from "../../lib/error.ts";
import type { TarEntry, TarSink } from "../../storage/tar/entry.ts";
import { TarReader } from "../../storage/tar/tar-reader.ts";

const LIMITS = { maxEntries: 5_000_000, maxBytes: Number.MAX_SAFE_INTEGER };

/**
 * Unpacks an archive that comes from a container into a folder that is empty and the caller's own; gives the names at its top. Nothing in it
 * can lead out of the folder: names go down only, and links are made when all else is there, so none is ever followed. Throws `corrupt`.
 */
export async function unpackInto(folder: string, archive: AsyncIterable<Uint8Array>): Promise<string[]> {
  const sink = new FolderSink(folder);
  const reader = new TarReader(sink, LIMITS);
  for await (const chunk of archive) reader.push(chunk);
  reader.finish();
  sink.finish();
  return sink.tops();
}

class FolderSink implements TarSink {
  readonly #folder: string;
  readonly #tops = new Set<string>();
  readonly #links: { readonly path: string; readonly target: string }[] = [];
  readonly #folders: { readonly path: string; readonly entry: TarEntry }[] = [];
  #file: { readonly fd: number; readonly path: string; readonly entry: TarEntry } | undefined;

  constructor(folder: string) {
    this.#folder = folder;
  }

  entry(entry: TarEntry): void {
    this.#end();
    const path = this.#place(entry.name);
    mkdirSync(dirname(path), { recursive: true });
    switch (entry.type) {
      case "folder":
        mkdirSync(path, { recursive: true });
        this.#folders.push({ path, entry });
        return;
      case "file":
        this.#file = { fd: openSync(path, "w", 0o600), path, entry };
        return;
      case "symlink":
        this.#links.push({ path, target: text(entry.linkName) });
        return;
      case "link":
        copyFileSync(this.#place(entry.linkName), path);
        return;
      default:
        // Devices and the like are nothing that a copy brings along.
        return;
    }
  }

  data(bytes: Uint8Array): void {
    if (this.#file === undefined) return;
    for (let at = 0; at < bytes.length; ) at += writeSync(this.#file.fd, bytes, at);
  }

  end(): void {
    this.#end();
  }

  finish(): void {
    for (const { path, target } of this.#links) {
      rmSync(path, { force: true, recursive: true });
      symlinkSync(target, path);
    }
    // The deepest first: a folder that cannot be written, or its time, must not be in the way.
    for (const { path, entry } of this.#folders.toReversed()) settle(path, entry);
  }

  tops(): string[] {
    return [...this.#tops];
  }

  #end(): void {
    if (this.#file === undefined) return;
    const { fd, path, entry } = this.#file;
    closeSync(fd);
    settle(path, entry);
    this.#file = undefined;
  }

  #place(name: string): string {
    const parts = text(name)
      .split("/")
      .filter((part) => part !== "" && part !== ".");
    if (parts.includes("..") || name.includes("\0"))
      throw new EstibaError("corrupt", {
        reason: "client.bad_archive",
        what: `the archive has a name that leads out of it: "${text(name).slice(0, 200)}"`,
      });
    this.#tops.add(parts[0] ?? ".");
    return join(this.#folder, ...parts);
  }
}

function settle(path: string, { mode, modified }: TarEntry): void {
  chmodSync(path, mode & 0o777);
  utimesSync(path, modified.seconds, modified.seconds);
}

function text(bytes: string): string {
  return Buffer.from(bytes, "latin1").toString("utf8");
}
