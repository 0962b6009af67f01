import type { Command } from "./command.ts";

/** A line of the command table: names first (the first is the main one), so that nothing is loaded before it is needed. */
export type Entry = {
  readonly names: readonly string[];
  readonly summary: string;
  readonly hidden?: boolean;
  readonly load: () => Promise<Command>;
};

/** Every command. A group such as `container` exists by having members. */
export const COMMANDS: readonly Entry[] = [
  {
    names: ["version"],
    summary: "Show the version of Estiba and of what it runs on",
    load: async () => (await import("./version.ts")).command,
  },
  {
    names: ["completion"],
    summary: "Print the completion script of a shell",
    hidden: true,
    load: async () => (await import("./completion.ts")).command,
  },
  {
    names: ["__complete"],
    summary: "Suggest what could follow the words of a command line",
    hidden: true,
    load: async () => (await import("./complete.ts")).command,
  },
  {
    names: ["man"],
    summary: "Write the manual pages of all commands",
    hidden: true,
    load: async () => (await import("./man.ts")).command,
  },
];

/** Groups and their one-line help. */
export const GROUPS: Readonly<Record<string, string>> = {
  container: "Manage containers",
  image: "Manage images",
  system: "Manage Estiba itself",
};

/** The entry whose name is the longest prefix of the words, and the words left over. */
export function findCommand(words: readonly string[]): { entry: Entry; name: string; rest: string[] } | undefined {
  for (const length of [2, 1]) {
    if (words.length < length) continue;
    const name = words.slice(0, length).join(" ");
    const entry = COMMANDS.find(({ names }) => names.includes(name));
    if (entry !== undefined) return { entry, name, rest: words.slice(length) };
  }
  return undefined;
}
