import type { Command } from "./command.ts";

/** A line of the command table: names first (the first is the main one), so that nothing is loaded before it is needed. */
export type Entry = {
  readonly names: readonly string[];
  readonly summary: string;
  readonly hidden?: boolean;
  /** It works on this machine whatever engine is chosen: on files of the user's. */
  readonly isLocal?: boolean;
  /** It is the engine that variables such as DOCKER_HOST may name: they are nothing to it. */
  readonly isEngine?: boolean;
  readonly load: () => Promise<Command>;
};

/** The part of the command table that is looked at first: loading the rest takes as long as `ps` needs to read the state. */
export const USUAL_COMMANDS: readonly Entry[] = [
  {
    names: ["run", "container run"],
    summary: "Create a container, start it and show its output",
    load: async () => (await import("./run.ts")).command,
  },
  {
    names: ["create", "container create"],
    summary: "Create a container without starting it",
    load: async () => (await import("./create.ts")).command,
  },
  {
    names: ["start", "container start"],
    summary: "Start containers that were created or have ended",
    load: async () => (await import("./start.ts")).command,
  },
  {
    names: ["stop", "container stop"],
    summary: "Stop containers: their stop signal, then SIGKILL",
    load: async () => (await import("./stop.ts")).command,
  },
  {
    names: ["kill", "container kill"],
    summary: "Send a signal to running containers",
    load: async () => (await import("./kill.ts")).command,
  },
  {
    names: ["rm", "container rm", "container remove"],
    summary: "Remove containers",
    load: async () => (await import("./rm.ts")).command,
  },
  {
    names: ["ps", "container ps", "container ls", "container list"],
    summary: "List containers",
    load: async () => (await import("./ps.ts")).command,
  },
  {
    names: ["exec", "container exec"],
    summary: "Run a command in a running container",
    load: async () => (await import("./exec.ts")).command,
  },
  {
    names: ["logs", "container logs"],
    summary: "Show what containers printed",
    load: async () => (await import("./logs.ts")).command,
  },
  {
    names: ["inspect"],
    summary: "Show everything about containers, images, volumes and networks, as JSON",
    load: async () => (await import("./inspect.ts")).command,
  },
  {
    names: ["images", "image ls", "image list"],
    summary: "List images",
    load: async () => (await import("./images.ts")).command,
  },
  {
    names: ["pull", "image pull"],
    summary: "Fetch images from a registry",
    load: async () => (await import("./pull.ts")).command,
  },
];

/** An entry, the name it was called by, and the words left over. */
export type Found = { entry: Entry; name: string; rest: string[] };

/** There are commands of three words in these groups only. */
const THREE_WORDS: readonly string[] = ["compose", "store", "generate"];

/** The entry whose name is the longest prefix of the words. */
export function findEntry(entries: readonly Entry[], words: readonly string[]): Found | undefined {
  for (const length of THREE_WORDS.some((word) => words[0] === word || words[1] === word) ? [3, 2, 1] : [2, 1]) {
    if (words.length < length) continue;
    const name = words.slice(0, length).join(" ");
    const entry = entries.find(({ names }) => names.includes(name));
    if (entry !== undefined) return { entry, name, rest: words.slice(length) };
  }
  return undefined;
}
