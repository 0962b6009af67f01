import { posix } from "node:path";
import type { PathStatus } from "../../engine/copy/stat.ts";
import { base64, pathFacts } from "../docker/path-stat.ts";

const [S_IFMT, S_IFDIR] = [0o170000, 0o040000];

type Stat = {
  readonly found: PathStatus;
  /** What a link leads to, or `found`; undefined for one that leads nowhere. */
  readonly target: PathStatus | undefined;
  /** As asked for; a relative one is below the working folder. */
  readonly path: string;
  readonly workdir: string;
};

/** The header `X-Docker-Container-Path-Stat` as Podman's clients read it. Pure. */
export function libpodPathStat({ found, target, path, workdir }: Stat): string {
  const whole = found.linkTarget === "" ? posix.resolve("/", workdir, path) : found.linkTarget;
  const facts = pathFacts({ ...found, name: posix.basename(whole) || "/" });
  const isDir = target !== undefined && (target.status.mode & S_IFMT) === S_IFDIR;
  return base64({ ...facts, isDir, isStream: false, linkTarget: whole });
}
