import type { Entry } from "../usual-commands.ts";

/** The commands on manifest lists: part of the table of all. */
export const MANIFEST_COMMANDS: readonly Entry[] = [
  {
    names: ["manifest create"],
    summary: "Make a manifest list: one name for images of several platforms",
    load: async () => (await import("./create.ts")).command,
  },
  {
    names: ["manifest add"],
    summary: "Add images to a manifest list",
    load: async () => (await import("./add.ts")).command,
  },
  {
    names: ["manifest annotate"],
    summary: "Change what a manifest list says of an image",
    load: async () => (await import("./annotate.ts")).command,
  },
  {
    names: ["manifest inspect"],
    summary: "Show a manifest list of the store or of a registry, as JSON",
    load: async () => (await import("./inspect.ts")).command,
  },
  {
    names: ["manifest push"],
    summary: "Push a manifest list and its images to a registry",
    load: async () => (await import("./push.ts")).command,
  },
  {
    names: ["manifest remove"],
    summary: "Take an image out of a manifest list",
    load: async () => (await import("./remove.ts")).command,
  },
  {
    names: ["manifest rm"],
    summary: "Forget manifest lists; their images stay",
    load: async () => (await import("./rm.ts")).command,
  },
  {
    names: ["manifest exists"],
    summary: "Tell by the exit code whether a manifest list is there",
    load: async () => (await import("./exists.ts")).command,
  },
];
