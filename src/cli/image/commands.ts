import type { Entry } from "../usual-commands.ts";

/** The commands that only the group `image` has: part of the table of all. */
export const IMAGE_COMMANDS: readonly Entry[] = [
  {
    names: ["image exists"],
    summary: "Tell by the exit code whether an image is here",
    load: async () => (await import("./exists.ts")).command,
  },
  {
    names: ["image prune"],
    summary: "Remove images that nobody uses",
    load: async () => (await import("./prune.ts")).command,
  },
  {
    names: ["image mount"],
    summary: "Show the root of images on the host, read-only",
    load: async () => (await import("./mount.ts")).command,
  },
  {
    names: ["image unmount", "image umount"],
    summary: "Take the roots of images away from the host",
    load: async () => (await import("./unmount.ts")).command,
  },
  {
    names: ["image import-from"],
    summary: "Bring images along from Docker's or Podman's store",
    load: async () => (await import("./import-from.ts")).command,
  },
  {
    names: ["image sign"],
    summary: "Sign images in their registry",
    load: async () => (await import("./sign.ts")).command,
  },
  {
    names: ["image scp"],
    summary: "Copy an image into another root or to another machine, or from there",
    load: async () => (await import("./scp.ts")).command,
  },
  {
    names: ["image tree"],
    summary: "Show the layers of an image, and which images end with them",
    load: async () => (await import("./tree.ts")).command,
  },
];
