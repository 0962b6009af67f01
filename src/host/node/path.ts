// What the binary takes for node:path (scripts/bundle/quick.ts), until node:fs is loaded: with it, this module comes at little more.
import type * as node from "node:path";
import { backedBy, real } from "./real.ts";

type Path = typeof node;

export const sep = "/";
export const delimiter = ":";

function quickIsAbsolute(path: string): boolean {
  return path.startsWith("/");
}

function quickNormalize(path: string): string {
  if (path === "") return ".";
  // Nearly every path is as it should be already.
  if (!path.includes("//") && !path.includes("/.") && !path.startsWith(".")) return path;
  const absolute = quickIsAbsolute(path);
  const kept: string[] = [];
  for (const part of path.split("/")) {
    if (part === "" || part === ".") continue;
    if (part !== "..") kept.push(part);
    else if (kept.length > 0 && kept[kept.length - 1] !== "..") kept.pop();
    else if (!absolute) kept.push("..");
  }
  const joined = kept.join("/");
  if (joined === "") return absolute ? "/" : path.endsWith("/") ? "./" : ".";
  return `${absolute ? "/" : ""}${joined}${path.endsWith("/") ? "/" : ""}`;
}

function quickJoin(...parts: string[]): string {
  let joined = "";
  for (const part of parts) if (part !== "") joined = joined === "" ? part : `${joined}/${part}`;
  return quickNormalize(joined);
}

function quickResolve(...paths: string[]): string {
  let resolved = "";
  for (let index = paths.length - 1; index >= 0 && !quickIsAbsolute(resolved); index--) {
    const path = paths[index] ?? "";
    if (path !== "") resolved = resolved === "" ? path : `${path}/${resolved}`;
  }
  const normal = quickNormalize(quickIsAbsolute(resolved) ? resolved : `${process.cwd()}/${resolved}`);
  return normal.length > 1 && normal.endsWith("/") ? normal.slice(0, -1) : normal;
}

function quickDirname(path: string): string {
  if (path === "") return ".";
  const slash = path.lastIndexOf("/", endOfName(path) - 1);
  if (slash < 0) return quickIsAbsolute(path) ? "/" : ".";
  if (slash === 0) return "/";
  return slash === 1 && quickIsAbsolute(path) ? "//" : path.slice(0, slash);
}

function quickBasename(path: string, suffix?: string): string {
  if (suffix !== undefined) return real("path").basename(path, suffix);
  const end = endOfName(path);
  return path.slice(path.lastIndexOf("/", end - 1) + 1, end);
}

// Slashes at the end belong to no name.
function endOfName(path: string): number {
  let end = path.length;
  while (end > 0 && path[end - 1] === "/") end--;
  return end;
}

export let isAbsolute: Path["isAbsolute"] = quickIsAbsolute;
export let normalize: Path["normalize"] = quickNormalize;
export let join: Path["join"] = quickJoin;
export let resolve: Path["resolve"] = quickResolve;
export let dirname: Path["dirname"] = quickDirname;
export let basename: Path["basename"] = quickBasename;

export const extname: Path["extname"] = (path) => real("path").extname(path);
export const relative: Path["relative"] = (from, to) => real("path").relative(from, to);

export const posix: Path["posix"] = backedBy<Path["posix"]>(
  {
    normalize: quickNormalize,
    join: quickJoin,
    resolve: quickResolve,
    dirname: quickDirname,
    basename: quickBasename,
  },
  () => real("path").posix,
);

/** From now on the calls are those of node:path, which are quicker once it is there. */
export function useNodePath(): void {
  ({ isAbsolute, normalize, join, resolve, dirname, basename } = real("path"));
}
