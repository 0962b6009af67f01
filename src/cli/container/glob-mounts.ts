import { basename, join } from "node:path";
import type { BindMount } from "../../state/spec/mounts.ts";
import { badOption } from "./bad-option.ts";

/**
 * One bind mount for each path of the host that the pattern in `source` (absolute) names: below `target` by its own name, or, without
 * one, where it is on the host. Throws `invalid` for a pattern that names nothing.
 */
export function globMounts(
  text: string,
  { target, ...mount }: Omit<BindMount, "target"> & { target: string | undefined },
): BindMount[] {
  const pattern = new Bun.Glob(mount.source.slice(1));
  const paths = [...pattern.scanSync({ cwd: "/", onlyFiles: false, followSymlinks: false, dot: true })].map(
    (path) => `/${path}`,
  );
  if (paths.length === 0) throw badOption("--mount", text, `of use: no path of the host is like ${mount.source}`);
  return paths
    .toSorted()
    .map((source) => ({ ...mount, source, target: target === undefined ? source : join(target, basename(source)) }));
}
