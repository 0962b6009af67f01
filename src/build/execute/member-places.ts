import { closeSync, constants } from "node:fs";
import { O_PATH } from "../../host/open-flags.ts";
import { tryOpenInRoot } from "../../host/openat.ts";
import { S_IFLNK, S_IFMT, statFd } from "../../host/statx.ts";
import type { TarEntry } from "../../storage/tar/entry.ts";
import { folderPlace } from "./destination.ts";
import { byteName, parentOf, textName } from "./way.ts";

/**
 * Where the members of an archive come to lie below a folder of a stage. A link of the stage on the way is followed, as whoever unpacks into
 * the stage's root would, unless the archive itself has something by that name before.
 */
export class MemberPlaces {
  readonly #rootFd: number;
  /** Folders as the archive names them, and where they are. */
  readonly #folders: Map<string, string>;

  constructor(rootFd: number, folder: string) {
    this.#rootFd = rootFd;
    this.#folders = new Map([["", folder]]);
  }

  /** The member under the name that it has in the layer. Names that climb stay, for whoever makes the layer to refuse. */
  placed(entry: TarEntry): TarEntry {
    const { type } = entry;
    const name = this.#nameOf(entry.name, type !== "file" && type !== "link");
    return { ...entry, name, ...(type === "link" ? { linkName: this.#nameOf(entry.linkName, false) } : {}) };
  }

  #nameOf(name: string, covers: boolean): string {
    const path = textName(name);
    const bytes = Buffer.from(name, "latin1");
    // What is no text cannot be looked up.
    if (path === "" || path.split("/").includes("..") || !bytes.equals(Buffer.from(bytes.toString("utf8"))))
      return below(byteName(this.#folders.get("") ?? ""), name.replace(/^\/+/, ""));
    const own = below(this.#folder(parentOf(path)), path.slice(path.lastIndexOf("/") + 1));
    if (covers) this.#folders.set(path, own);
    return byteName(own);
  }

  #folder(path: string): string {
    const known = this.#folders.get(path);
    if (known !== undefined) return known;
    const here = below(this.#folder(parentOf(path)), path.slice(path.lastIndexOf("/") + 1));
    const found = this.#isLink(here) ? folderPlace(this.#rootFd, here) : undefined;
    const place = found === undefined || found.found === "file" ? here : found.path;
    this.#folders.set(path, place);
    return place;
  }

  #isLink(path: string): boolean {
    const fd = tryOpenInRoot(this.#rootFd, path, O_PATH | constants.O_NOFOLLOW);
    if (fd < 0) return false;
    try {
      return (statFd(fd).mode & S_IFMT) === S_IFLNK;
    } finally {
      closeSync(fd);
    }
  }
}

function below(folder: string, name: string): string {
  return folder === "" ? name : `${folder}/${name}`;
}
