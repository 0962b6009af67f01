import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { kindOf } from "./unit.ts";
import { parseUnitFile, type UnitFile } from "./unit-file.ts";

/** Whose files: the system's, or those of the user who calls. */
export type Owner = {
  readonly user: boolean;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly uid: number;
};

/** Where files are looked for, those before others first. Source: podman-systemd.unit(5). */
export function quadletFolders({ user, environment, uid }: Owner): string[] {
  const named = environment["QUADLET_UNIT_DIRS"];
  if (named !== undefined && named !== "") return named.split(":").filter((folder) => folder !== "");
  if (!user) return ["/run/containers/systemd", "/etc/containers/systemd", "/usr/share/containers/systemd"];
  const config = environment["XDG_CONFIG_HOME"] ?? join(environment["HOME"] ?? "/", ".config");
  const runtime = environment["XDG_RUNTIME_DIR"];
  return [
    ...(runtime === undefined ? [] : [join(runtime, "containers/systemd")]),
    join(config, "containers/systemd"),
    `/etc/containers/systemd/users/${uid}`,
    "/etc/containers/systemd/users",
  ];
}

/** Where `quadlet install` puts files: the first folder that survives a reboot. */
export function installFolder(owner: Owner): string {
  const folders = quadletFolders(owner);
  return folders.find((folder) => !folder.startsWith("/run/")) ?? folders[0] ?? "/etc/containers/systemd";
}

/** A file that was found, by its name. */
export type FoundFile = { readonly fileName: string; readonly path: string };

/** Every Quadlet file of the folders and those below them, by name; of several of one name, the first folder's. */
export function findQuadlets(folders: readonly string[]): FoundFile[] {
  const found = new Map<string, FoundFile>();
  for (const folder of folders.flatMap((top) => [top, ...subfolders(top)]))
    for (const fileName of namesIn(folder))
      if (kindOf(fileName) !== undefined && !found.has(fileName) && isFile(join(folder, fileName)))
        found.set(fileName, { fileName, path: join(folder, fileName) });
  return [...found.values()].sort((a, b) => (a.fileName < b.fileName ? -1 : 1));
}

/**
 * A file with its drop-ins: `NAME.d/*.conf`, of a template's instance those of the template too, and `KIND.d/*.conf`. What comes later
 * counts. Throws `invalid` with `path:line`.
 */
export function readQuadlet({ fileName, path }: FoundFile, folders: readonly string[]): UnitFile {
  const unit = parseUnitFile(path, readFileSync(path, "utf8"));
  const more = dropIns(fileName, folders).map((file) => parseUnitFile(file, readFileSync(file, "utf8")));
  return more.reduce(joinUnits, unit);
}

function dropIns(fileName: string, folders: readonly string[]): string[] {
  const template = fileName.replace(/@[^.]*\./, "@.");
  const kind = kindOf(fileName) ?? "";
  const places = [`${kind}.d`, ...(template === fileName ? [] : [`${template}.d`]), `${fileName}.d`];
  const files = new Map<string, string>();
  for (const place of places)
    for (const folder of folders.toReversed())
      for (const name of namesIn(join(folder, place)))
        if (name.endsWith(".conf")) files.set(name, join(folder, place, name));
  return [...files].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, path]) => path);
}

function joinUnits(unit: UnitFile, more: UnitFile): UnitFile {
  const names = new Set([...unit.groups, ...more.groups].map(({ name }) => name));
  const linesOf = (file: UnitFile, wanted: string) =>
    file.groups.filter(({ name }) => name === wanted).flatMap(({ lines }) => lines);
  return {
    path: unit.path,
    groups: [...names].map((name) => ({ name, lines: [...linesOf(unit, name), ...linesOf(more, name)] })),
  };
}

function subfolders(folder: string): string[] {
  if (!existsSync(folder)) return [];
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isDirectory() && !entry.name.endsWith(".d") && entry.name !== "users")
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}

function namesIn(folder: string): string[] {
  return existsSync(folder) ? readdirSync(folder).sort() : [];
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() === true;
}
