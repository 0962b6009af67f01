import { invalidArchive, quoteBytes } from "./tar/entry.ts";

/**
 * Paths of archives as byte strings (one character per byte), relative to the tree's root, without `.`, `..` and doubled slashes. The
 * root is the empty string.
 */
export type BytePath = string;

/** A byte string as the kernel reads it, NUL at the end. */
export function kernelName(path: BytePath): Buffer {
  return Buffer.from(`${path}\0`, "latin1");
}

/** Cleans a name of an archive: absolute becomes relative. Throws `invalid` for one that climbs out of the root. */
export function cleanPath(name: string): BytePath {
  if (!name.includes("/")) {
    if (name === "..") throw climbs(name);
    return name === "." ? "" : name;
  }
  const parts: string[] = [];
  for (const part of name.split("/")) {
    if (part === "" || part === ".") continue;
    if (part !== "..") parts.push(part);
    else if (parts.pop() === undefined) throw climbs(name);
  }
  return parts.join("/");
}

/** The folder of a path and its last component. */
export function splitPath(path: BytePath): { parent: BytePath; base: string } {
  const slash = path.lastIndexOf("/");
  return { parent: slash < 0 ? "" : path.slice(0, slash), base: path.slice(slash + 1) };
}

function climbs(name: string): Error {
  return invalidArchive(`the name ${quoteBytes(name)} climbs out of the root`);
}
