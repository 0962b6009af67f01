import type { Entry } from "../usual-commands.ts";

/** What buildx has besides `build` and `prune`. */
export const BUILDX_COMMANDS: readonly Entry[] = [
  {
    names: ["buildx ls"],
    isLocal: true,
    summary: "List builders: the one that is built in",
    load: async () => (await import("./ls.ts")).command,
  },
  {
    names: ["buildx inspect"],
    isLocal: true,
    summary: "Show the builder that is built in",
    load: async () => (await import("./inspect.ts")).command,
  },
  {
    names: ["buildx version"],
    isLocal: true,
    summary: "Show the version of the builder",
    load: async () => (await import("./version.ts")).command,
  },
];
