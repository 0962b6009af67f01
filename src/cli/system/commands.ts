import type { Entry } from "../usual-commands.ts";

/** The commands about the host and the engine itself. */
export const SYSTEM_COMMANDS: readonly Entry[] = [
  {
    names: ["info", "system info"],
    summary: "Show the host and the engine",
    load: async () => (await import("../info.ts")).command,
  },
  {
    names: ["doctor", "system doctor"],
    summary: "Look for what keeps containers from working here, and how to mend it",
    load: async () => (await import("../doctor.ts")).command,
  },
  {
    names: ["version"],
    summary: "Show the version of Estiba and of what it runs on",
    load: async () => (await import("../version.ts")).command,
  },
  {
    names: ["system df"],
    summary: "Show how much of the disk images, containers and volumes take",
    load: async () => (await import("./df.ts")).command,
  },
  {
    names: ["system prune"],
    summary: "Remove containers, networks, images and volumes that nobody uses",
    load: async () => (await import("./prune.ts")).command,
  },
  {
    names: ["system migrate"],
    summary: "Bring the state to this version's form; end a user's namespaces",
    load: async () => (await import("./migrate.ts")).command,
  },
  {
    names: ["system renumber"],
    summary: "Give each container a lock of its own again (nothing to do here)",
    load: async () => (await import("./renumber.ts")).command,
  },
  {
    names: ["system check"],
    summary: "Hold disk and kernel against the records, and name or mend what does not fit",
    load: async () => (await import("../system-check.ts")).command,
  },
  {
    names: ["system service", "serve"],
    summary: "Answer the APIs that Docker's and Podman's clients speak",
    isEngine: true,
    load: async () => (await import("../system-service.ts")).command,
  },
  {
    names: ["system dial-stdio"],
    summary: "Join stdin and stdout to the service's socket (Docker calls it over ssh)",
    hidden: true,
    load: async () => (await import("./dial-stdio.ts")).command,
  },
  {
    names: ["system boot"],
    summary: "Start what restart policies ask for after a reboot",
    load: async () => (await import("../system-boot.ts")).command,
  },
  {
    names: ["system reset"],
    summary: "Remove all containers, images, volumes and networks",
    load: async () => (await import("../system-reset.ts")).command,
  },
  {
    names: ["system names"],
    summary: "Answer the names of containers on networks (starts by itself)",
    hidden: true,
    load: async () => (await import("../system-names.ts")).command,
  },
  {
    names: ["system watch"],
    summary: "Make the health checks and restarts that are due (starts by itself)",
    hidden: true,
    load: async () => (await import("../system-watch.ts")).command,
  },
];
