import { chmodSync, chownSync, closeSync, constants, mkdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { ERRNO } from "../../host/errno.ts";
import { bindMount, MS, mountFileSystem, setPropagation } from "../../host/mount.ts";
import { O_CLOEXEC, O_PATH } from "../../host/open-flags.ts";
import { fdPath, openat2, openInRoot, openRoot, RESOLVE } from "../../host/openat.ts";
import { EstibaError } from "../../lib/error.ts";
import { prepareTarget } from "../../runtime/rootfs.ts";
import { depth, optionsOf, type ResolvedMount, tmpfsMode } from "../../runtime/spec-mounts.ts";
import { copyFolder } from "../../storage/copy-tree.ts";
import type { Engine } from "../engine.ts";
import { kindOfSource } from "../mount-source.ts";
import { clearStage, stageFolder } from "./stage.ts";

/**
 * Puts together on the host what is mounted below a volume or a folder of the host. runc makes a missing target by its path (CVE-2024-45310;
 * mended in 1.1.14, which stable distributions do not have): where another container that has the volume turns a folder on that path into a
 * link meanwhile, the target is made on the host. Here every step is taken by a descriptor below the volume. Mounts that share what is mounted
 * below them are the runtime's as before. `staged` takes it all away as soon as the runtime has made the container.
 */
export function nestMounts(
  engine: Engine,
  id: string,
  mounts: readonly ResolvedMount[],
  staged: DisposableStack,
): readonly ResolvedMount[] {
  const joined = new Map(
    mounts
      .filter((outer) => isFolder(outer) && !mounts.some((other) => isFolder(other) && isBelow(outer, other)))
      .map((outer) => [outer, joinedTo(outer, mounts)] as const)
      .filter(([, inners]) => inners.length > 0),
  );
  if (joined.size === 0) return mounts;
  staged.defer(() => void clearStage(engine, id));
  const nest = new Nest(stageFolder(engine, id));
  const inside = new Set([...joined.values()].flat());
  return mounts
    .filter((mount) => !inside.has(mount))
    .map((mount) => {
      const inners = joined.get(mount);
      return inners === undefined ? mount : { ...mount, source: nest.assemble(mount, inners), assembled: true };
    });
}

/** What is mounted below a mount, but for what the runtime mounts there, and what lies below that. */
function joinedTo(outer: ResolvedMount, mounts: readonly ResolvedMount[]): ResolvedMount[] {
  const below = mounts.filter((mount) => isBelow(mount, outer));
  const runtimes = below.filter((mount) => !canJoin(mount));
  return below.filter((mount) => canJoin(mount) && !runtimes.some((other) => isBelow(mount, other)));
}

function isBelow({ mount }: ResolvedMount, { mount: outer }: ResolvedMount): boolean {
  return mount.target.startsWith(`${outer.target.replace(/\/$/, "")}/`);
}

function isFolder(resolved: ResolvedMount): boolean {
  return isPrivate(resolved) && statSync(resolved.source, { throwIfNoEntry: false })?.isDirectory() === true;
}

function canJoin(resolved: ResolvedMount): boolean {
  const { mount } = resolved;
  return isPrivate(resolved) || (mount.type === "tmpfs" && mount.fileSystem === undefined);
}

/** Whether files of the host are mounted so that nothing mounted below travels. */
function isPrivate({ mount }: ResolvedMount): boolean {
  if (mount.type === "image") return true;
  return (mount.type === "bind" || mount.type === "volume") && (mount.propagation ?? "private").endsWith("private");
}

// For who means no harm: a link to elsewhere in the container would lead to a place of that name in the volume.
function requireBeneath(root: number, path: string, target: string): void {
  const fd = openat2(root, `.${path}`, { flags: O_PATH, resolve: RESOLVE.BENEATH });
  if (fd >= 0) return closeSync(fd);
  if (fd !== -ERRNO.EXDEV) return;
  throw new EstibaError("invalid", {
    reason: "mount.leaves_volume",
    what: `cannot mount at "${target}": a link on the way leads out of the volume or folder that is mounted there`,
    fix: "name the place where the link leads to, or have crun make the container: --runtime crun",
  });
}

/** The places of one start below its folder. */
class Nest {
  readonly #folder: string;
  #count = 0;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** A copy of the outer mount with the others in it; gives its place. */
  assemble(outer: ResolvedMount, inners: readonly ResolvedMount[]): string {
    const place = this.#place();
    const { mount, source } = outer;
    const recursive = mount.type !== "bind" || mount.recursive;
    bindMount(source, place, { recursive, readOnly: mount.readOnly });
    // What is mounted in it is not to appear at the source, too.
    setPropagation(place, MS.PRIVATE | MS.REC);
    const root = openRoot(place);
    try {
      for (const inner of inners.toSorted((a, b) => depth(a.mount.target) - depth(b.mount.target)))
        this.#mount(root, inner.mount.target.slice(mount.target.replace(/\/$/, "").length), inner);
    } finally {
      closeSync(root);
    }
    return place;
  }

  #mount(root: number, path: string, { mount, source }: ResolvedMount): void {
    const isMemory = mount.type === "tmpfs";
    requireBeneath(root, path, mount.target);
    const mode = isMemory ? tmpfsMode(mount.options) : 0o755;
    prepareTarget(root, path, isMemory ? "folder" : kindOfSource(source), mode);
    const target = openInRoot(root, path, O_PATH | O_CLOEXEC);
    try {
      const options = optionsOf({ mount, source });
      const recursive = options.includes("rbind");
      const from = isMemory ? this.#memory(options, target) : source;
      bindMount(from, fdPath(target), { recursive, readOnly: mount.readOnly, flags: options });
    } finally {
      closeSync(target);
    }
  }

  /** A file system in memory, with what lies at its target where that is wanted, and with that folder's mode unless it is to have another. */
  #memory(options: readonly string[], target: number): string {
    const place = this.#place();
    const data = options.filter((option) => option.includes("=")).join(",");
    mountFileSystem({ type: "tmpfs", source: "tmpfs", target: place, data });
    const { uid, gid } = statSync(place);
    if (options.includes("tmpcopyup")) copyInto(target, place);
    // Copying gives it those of the folder.
    chownSync(place, uid, gid);
    const wanted = options.some((option) => option.startsWith("mode=")) ? tmpfsMode(options) : modeOf(target);
    chmodSync(place, wanted);
    return place;
  }

  #place(): string {
    const path = join(this.#folder, `nest-${this.#count++}`);
    mkdirSync(path, { recursive: true, mode: 0o700 });
    return path;
  }
}

function copyInto(folder: number, place: string): void {
  const from = openInRoot(folder, "/", constants.O_RDONLY | constants.O_DIRECTORY | O_CLOEXEC);
  const to = openRoot(place);
  try {
    copyFolder(from, to);
  } finally {
    closeSync(to);
    closeSync(from);
  }
}

function modeOf(folder: number): number {
  return statSync(fdPath(folder)).mode & 0o7777;
}
