import {
  copyFileSync,
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
} from "node:fs";
import { basename, dirname, join } from "node:path";
import { convertQuadlet, quadletOf } from "../../kube/quadlet/convert.ts";
import { findQuadlets, installFolder, quadletFolders, readQuadlet } from "../../kube/quadlet/folders.ts";
import type { Quadlet } from "../../kube/quadlet/unit.ts";
import { kindOf } from "../../kube/quadlet/unit.ts";
import { parseUnitFile } from "../../kube/quadlet/unit-file.ts";
import { EstibaError } from "../../lib/error.ts";
import { hasCode } from "../../lib/has-code.ts";
import { type Command, defineCommand } from "../command.ts";
import { isUser, ownerOf } from "./context.ts";
import { reloadSystemd } from "./systemd.ts";

export const command: Command = defineCommand({
  name: "quadlet install",
  summary: "Install Quadlet files, and what belongs to them",
  usage: "[OPTIONS] PATH [PATH...]",
  description:
    "Files (.container, .pod, .network, .volume, .kube, .image, .build) are copied to where systemd's generator looks for\nthem, after they have been found right together with those that are there. Other files, such as YAML, are put beside\nthem. A folder stands for all files in it.",
  options: {
    "reload-systemd": { kind: "flag", on: true, help: "Let systemd read its units anew" },
    replace: { kind: "flag", short: "r", help: "Replace files that are there" },
  },
  args: [1, Number.POSITIVE_INFINITY],
  complete: "file",
  examples: [
    ["estiba quadlet install web.container web.network", "two files that need each other"],
    ["estiba quadlet install --replace app", "all files of a folder, again"],
  ],
  async run(values, paths, cli) {
    await Promise.resolve();
    const owner = ownerOf(isUser());
    const folder = installFolder(owner);
    const files = paths.flatMap(filesOf);
    for (const file of files) refuseTaken(join(folder, basename(file)), values.replace);
    checkAll(files, quadletFolders(owner), owner.user);
    mkdirSync(folder, { recursive: true });
    for (const file of files) {
      const target = join(folder, basename(file));
      put(file, target, values.replace);
      cli.out(`${target}\n`);
    }
    reloadSystemd(cli, values["reload-systemd"]);
    return 0;
  },
});

function filesOf(path: string): string[] {
  if (/^https?:\/\//.test(path)) throw notHere(path, "files are installed from this host", "fetch it first");
  const found = statSync(path, { throwIfNoEntry: false });
  if (found === undefined) throw notHere(path, "there is nothing of that name", "name a file or a folder");
  if (!found.isDirectory()) return [path];
  return readdirSync(path, { withFileTypes: true }).flatMap((entry) =>
    entry.isFile() ? [join(path, entry.name)] : [],
  );
}

/** Every file must become a unit, among its like and those that are there. */
function checkAll(files: readonly string[], folders: readonly string[], user: boolean): void {
  const units = new Map<string, Quadlet>();
  const add = (quadlet: Quadlet | undefined): void => void (quadlet && units.set(quadlet.fileName, quadlet));
  for (const file of findQuadlets(folders)) add(quadletOf(readQuadlet(file, folders), file.fileName));
  const ours = files.filter((file) => kindOf(basename(file)) !== undefined);
  const read = ours.map((file) => quadletOf(parseUnitFile(file, readFileSync(file, "utf8"))));
  for (const quadlet of read) add(quadlet);
  if (ours.length === 0)
    throw new EstibaError("invalid", {
      reason: "quadlet.no_quadlet",
      what: `none of the files is a Quadlet file: ${files.map((file) => basename(file)).join(", ")}`,
      fix: "name one that ends in .container, .pod, .network, .volume, .kube, .image or .build",
    });
  for (const quadlet of read)
    if (quadlet !== undefined) convertQuadlet(quadlet, { units, binary: "estiba", user, exists: existsSync });
}

// Whole or not at all: systemd's generator may look at any moment. Somebody else may have put a file of that name there by now.
function put(file: string, target: string, replace: boolean): void {
  const draft = join(dirname(target), `.${basename(target)}.${process.pid}`);
  try {
    copyFileSync(file, draft);
    if (replace) renameSync(draft, target);
    else linkSync(draft, target);
  } catch (error) {
    if (!replace && hasCode(error, "EEXIST")) refuseTaken(target, false);
    throw error;
  } finally {
    rmSync(draft, { force: true });
  }
}

function refuseTaken(target: string, replace: boolean): void {
  if (replace || !existsSync(target)) return;
  throw new EstibaError("conflict", {
    reason: "quadlet.exists",
    what: `a Quadlet with name ${basename(target)} already exists, refusing to overwrite`,
    fix: "add --replace, or rename it",
  });
}

function notHere(path: string, why: string, fix: string): EstibaError {
  return new EstibaError("not_found", {
    reason: "quadlet.no_file",
    what: `"${path}" cannot be installed: ${why}`,
    fix,
  });
}
