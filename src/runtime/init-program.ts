import { statSync } from "node:fs";
import { EstibaError } from "../lib/error.ts";

// Linked statically, all of them. Debian's tini is not, but its tini-static.
const PLACES = [
  "/usr/libexec/podman/catatonit",
  "/usr/bin/catatonit",
  "/usr/local/bin/catatonit",
  "/usr/bin/tini-static",
  "/usr/libexec/docker/docker-init",
];

/** The init of `--init` on this host: the file named, else the first of the usual ones. Throws `unsupported` with the package to install. */
export function findInit(named?: string): string {
  const found = (named === undefined ? PLACES : [named]).find(isProgram);
  if (found !== undefined) return found;
  throw new EstibaError("unsupported", {
    reason: "runtime.no_init",
    what: named === undefined ? "--init needs catatonit, which is not installed" : `the init "${named}" is no program`,
    fix: named === undefined ? "apt-get install -y catatonit" : "name an executable file, linked statically",
  });
}

function isProgram(path: string): boolean {
  const status = statSync(path, { throwIfNoEntry: false });
  return status?.isFile() === true && (status.mode & 0o111) !== 0;
}
