import { existsSync, readFileSync, statfsSync } from "node:fs";
import { release } from "node:os";
import { dirname } from "node:path";
import type { Engine } from "../engine.ts";
import { type DoctorFinding, fine, trouble } from "./finding.ts";

// linux/magic.h: file systems that cannot hold the writable layer of an overlay.
const UNFIT: Readonly<Record<number, string>> = {
  0x794c7630: "overlay",
  0x6969: "NFS",
  0x65735546: "FUSE",
  0xff534d42: "CIFS",
};

/** Whether the kernel has overlay, and whether the storage root is on a file system that can carry one. */
export function checkOverlay(engine: Engine): DoctorFinding[] {
  return [kernelFinding(), rootFinding(engine.paths.root)];
}

function kernelFinding(): DoctorFinding {
  const loaded = /\toverlay$/m.test(readFileSync("/proc/filesystems", "latin1"));
  if (loaded) return fine("overlay", "in the kernel");
  const module = `/lib/modules/${release()}/kernel/fs/overlayfs`;
  if (existsSync(module)) {
    return trouble("warning", "overlay", {
      what: "a module that is not loaded",
      why: "the kernel loads it at the first container, unless modules are locked",
      fix: "modprobe overlay",
    });
  }
  return trouble("error", "overlay", {
    what: "this kernel has no overlay file system",
    why: "containers have no root to run in",
    fix: "install a kernel with CONFIG_OVERLAY_FS",
  });
}

function rootFinding(root: string): DoctorFinding {
  const place = nearestExisting(root);
  const unfit = UNFIT[statfsSync(place).type];
  if (unfit === undefined) return fine("storage root", root);
  return trouble("error", "storage root", {
    what: `${root} is on ${unfit}`,
    why: "the kernel refuses it as the writable layer of an overlay",
    fix: "set ESTIBA_ROOT to a folder on ext4, xfs, btrfs or tmpfs",
  });
}

function nearestExisting(path: string): string {
  return path === "/" || existsSync(path) ? path : nearestExisting(dirname(path));
}
