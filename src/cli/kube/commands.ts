import type { Entry } from "../usual-commands.ts";

/** The commands on Kubernetes YAML: part of the table of all. */
export const KUBE_COMMANDS: readonly Entry[] = [
  {
    names: ["kube play", "play kube"],
    summary: "Make and start pods of Kubernetes YAML",
    load: async () => (await import("./play.ts")).command,
  },
  {
    names: ["kube down"],
    summary: "Remove the pods of Kubernetes YAML",
    load: async () => (await import("./down.ts")).command,
  },
  {
    names: ["kube generate", "generate kube"],
    summary: "Write Kubernetes YAML of pods, containers and volumes",
    load: async () => (await import("./generate.ts")).command,
  },
];
