import type { Entry } from "../usual-commands.ts";

/** The commands on Quadlet files: part of the table of all. */
export const QUADLET_COMMANDS: readonly Entry[] = [
  {
    names: ["quadlet install"],
    summary: "Install Quadlet files, and what belongs to them",
    load: async () => (await import("./install.ts")).command,
  },
  {
    names: ["quadlet list", "quadlet ls"],
    summary: "List Quadlet files and the units they become",
    load: async () => (await import("./list.ts")).command,
  },
  {
    names: ["quadlet print"],
    summary: "Show a Quadlet file",
    load: async () => (await import("./print.ts")).command,
  },
  {
    names: ["quadlet rm"],
    summary: "Remove Quadlet files",
    load: async () => (await import("./rm.ts")).command,
  },
  {
    names: ["quadlet generate"],
    summary: "Write units of systemd for all Quadlet files (systemd calls it)",
    load: async () => (await import("./generate.ts")).command,
  },
];
