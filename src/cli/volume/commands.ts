import type { Entry } from "../usual-commands.ts";

/** The commands on volumes, and those that reach into containers' files: part of the table of all. */
export const STORAGE_COMMANDS: readonly Entry[] = [
  {
    names: ["cp", "container cp"],
    summary: "Copy files and folders between a container and the host",
    load: async () => (await import("../cp.ts")).command,
  },
  {
    names: ["mount", "container mount"],
    summary: "Show the root of containers on the host",
    load: async () => (await import("../mount.ts")).command,
  },
  {
    names: ["unmount", "umount", "container unmount", "container umount"],
    summary: "Take `mount` back",
    load: async () => (await import("../unmount.ts")).command,
  },
  {
    names: ["volume create"],
    summary: "Create a volume",
    load: async () => (await import("./create.ts")).command,
  },
  {
    names: ["volume ls", "volume list"],
    summary: "List volumes",
    load: async () => (await import("./ls.ts")).command,
  },
  {
    names: ["volume inspect"],
    summary: "Show everything about volumes, as JSON",
    load: async () => (await import("./inspect.ts")).command,
  },
  {
    names: ["volume rm", "volume remove"],
    summary: "Remove volumes with their data",
    load: async () => (await import("./rm.ts")).command,
  },
  {
    names: ["volume prune"],
    summary: "Remove the volumes that no container has",
    load: async () => (await import("./prune.ts")).command,
  },
  {
    names: ["volume exists"],
    summary: "Tell by the exit code whether a volume is there",
    load: async () => (await import("./exists.ts")).command,
  },
  {
    names: ["volume export"],
    summary: "Write what is in a volume as a tar archive",
    load: async () => (await import("./export.ts")).command,
  },
  {
    names: ["volume import-from"],
    summary: "Bring volumes along from Docker or Podman",
    load: async () => (await import("./import-from.ts")).command,
  },
  {
    names: ["volume import"],
    summary: "Unpack a tar archive into a volume",
    load: async () => (await import("./import.ts")).command,
  },
  {
    names: ["volume mount"],
    summary: "Mount volumes for the host, and print where",
    load: async () => (await import("./mount.ts")).command,
  },
  {
    names: ["volume unmount", "volume umount"],
    summary: "Take `volume mount` back",
    load: async () => (await import("./unmount.ts")).command,
  },
];
