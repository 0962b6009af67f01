/** The options that stand before the command's name. */
export const GLOBAL_OPTIONS = {
  root: { kind: "string", value: "DIR", help: "Folder of images, volumes and definitions", complete: "directory" },
  runroot: { kind: "string", value: "DIR", help: "Folder of what a reboot empties", complete: "directory" },
  runtime: {
    kind: "string",
    value: "NAME|PATH",
    help: "OCI runtime, by name or path (default: the fastest that works here)",
  },
  help: { kind: "flag", short: "h", help: "Print this help, or that of the command that follows" },
  version: { kind: "flag", short: "v", help: "Print the version and exit" },
} as const;
