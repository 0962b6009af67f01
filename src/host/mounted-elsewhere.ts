import { readdirSync, readlinkSync, realpathSync } from "node:fs";
import { hasCode } from "../lib/has-code.ts";
import { readOrEmpty } from "./read-if-there.ts";

type MountLine = { readonly device: string; readonly root: string; readonly target: string };

/**
 * A process that has a folder, or something in it, mounted in a mount namespace of its own, as containers have; undefined where there is none.
 * Whose container it is does not matter.
 */
export function mountedElsewhere(path: string): number | undefined {
  const place = placeOf(realpathSync(path));
  if (place === undefined) return undefined;
  const looked = new Set([readLink("/proc/self/ns/mnt")]);
  for (const name of readdirSync("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    const namespace = readLink(`/proc/${name}/ns/mnt`);
    if (namespace === undefined || looked.has(namespace)) continue;
    looked.add(namespace);
    const mounts = readMounts(`/proc/${name}/mountinfo`);
    // A namespace that only copies the host's has it at the same place: that is no container.
    const has = mounts.some(
      ({ device, root, target }) => device === place.device && isWithin(root, place.root) && target !== path,
    );
    if (has) return Number(name);
  }
  return undefined;
}

/** Where a path lies on its file system. */
function placeOf(path: string): { device: string; root: string } | undefined {
  // The last mount over the longest part of the path is the one that is seen.
  const [mount] = readMounts("/proc/self/mountinfo")
    .filter(({ target }) => isWithin(path, target))
    .toReversed()
    .toSorted((a, b) => b.target.length - a.target.length);
  if (mount === undefined) return undefined;
  const rest = mount.target === "/" ? path : path.slice(mount.target.length);
  return { device: mount.device, root: `${mount.root === "/" ? "" : mount.root}${rest}` || "/" };
}

function isWithin(path: string, folder: string): boolean {
  return path === folder || path.startsWith(folder === "/" ? "/" : `${folder}/`);
}

function readMounts(path: string): MountLine[] {
  const text = readOrEmpty(path, "ESRCH", "EACCES", "EINVAL");
  return text.split("\n").flatMap((line) => {
    const [, , device, root, target] = line.split(" ");
    if (device === undefined || root === undefined || target === undefined) return [];
    return [{ device, root: unescape(root), target: unescape(target) }];
  });
}

// proc(5): space, tab, newline and backslash appear as three octal digits.
function unescape(text: string): string {
  return text.replaceAll(/\\([0-7]{3})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 8)));
}

function readLink(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch (error) {
    if (hasCode(error, "ENOENT", "ESRCH", "EACCES")) return undefined;
    throw error;
  }
}
