import type { Entry } from "../usual-commands.ts";

/** The commands about places that engines are at, which files of the user's remember. */
export const CONTEXT_COMMANDS: readonly Entry[] = [
  {
    names: ["context create"],
    summary: "Remember where an engine is by a name",
    isLocal: true,
    load: async () => (await import("./create.ts")).command,
  },
  {
    names: ["context export"],
    summary: "Write a context, with its certificates, to an archive",
    isLocal: true,
    load: async () => (await import("./export.ts")).command,
  },
  {
    names: ["context import"],
    summary: "Make a context of an archive that an export has written",
    isLocal: true,
    load: async () => (await import("./import.ts")).command,
  },
  {
    names: ["context inspect"],
    summary: "Show everything about contexts, as JSON",
    isLocal: true,
    load: async () => (await import("./inspect.ts")).command,
  },
  {
    names: ["context ls", "context list"],
    summary: "List contexts",
    isLocal: true,
    load: async () => (await import("./ls.ts")).command,
  },
  {
    names: ["context rm", "context remove"],
    summary: "Forget contexts",
    isLocal: true,
    load: async () => (await import("./rm.ts")).command,
  },
  {
    names: ["context show"],
    summary: "Print the name of the context that commands go to",
    isLocal: true,
    load: async () => (await import("./show.ts")).command,
  },
  {
    names: ["context update"],
    summary: "Change where a context leads, or how it is described",
    isLocal: true,
    load: async () => (await import("./update.ts")).command,
  },
  {
    names: ["context use"],
    summary: "Have commands go to the engine of a context from now on",
    isLocal: true,
    load: async () => (await import("./use.ts")).command,
  },
];
