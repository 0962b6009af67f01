import type { Option, Options } from "../../src/cli/command.ts";
import { COMMANDS } from "../../src/cli/commands.ts";
import { GLOBAL_OPTIONS } from "../../src/cli/globals.ts";
import type { Entry } from "../../src/cli/usual-commands.ts";
import later from "./later.json";
import { joined, type PeerCommand, type PeerName, peerCommands } from "./peers.ts";

/** How Estiba stands to one option of the peers. `missing` is a mistake: it neither works nor is it refused by name. */
export type State =
  | { readonly kind: "works" }
  | { readonly kind: "refused"; readonly why: string }
  /** It comes with a later part, or what else there is to say of it. */
  | { readonly kind: "later"; readonly what: string }
  | { readonly kind: "missing" };

export type OptionRow = {
  readonly name: string;
  readonly short: string | undefined;
  readonly peers: readonly PeerName[];
  readonly state: State;
};

/** A command of Estiba with the peers' options for it; `names` are all that it is called by. */
export type Section = {
  readonly names: readonly string[];
  readonly summary: string;
  readonly rows: readonly OptionRow[];
};

/** A command of the peers that Estiba does not have; `what` undefined is a mistake: nothing is said of it. */
export type AbsentRow = {
  readonly name: string;
  readonly peers: readonly PeerName[];
  readonly what: string | undefined;
};

export type Survey = {
  readonly globals: readonly OptionRow[];
  readonly sections: readonly Section[];
  readonly absent: readonly AbsentRow[];
  /** Estiba's own commands, which no peer has. */
  readonly own: readonly Entry[];
  /** Lines of later.json that no longer apply. */
  readonly unused: readonly string[];
};

const LATER: Readonly<Record<string, string>> = later.commands;
const LATER_OPTIONS: Readonly<Record<string, Readonly<Record<string, string>>>> = later.options;
/** In later.json: every option of a command that is neither accepted nor refused. */
const REST = "*";
/** Commands that take the options of another one. */
const SAME_OPTIONS: Readonly<Record<string, string>> = { create: "run" };

/** Holds every command and option of the peers against the option tables. */
export async function survey(): Promise<Survey> {
  const peers = peerCommands();
  const used = new Set<string>();
  const sections: Section[] = [];
  const covered = new Set<string>([""]);
  for (const entry of COMMANDS.filter(({ hidden }) => hidden !== true)) {
    const theirs = entry.names.flatMap((name) => peers.get(name) ?? []);
    for (const name of entry.names) covered.add(name);
    if (theirs.length === 0) continue;
    const { options } = await entry.load();
    const all = theirs.reduce<PeerCommand | undefined>(joined, undefined);
    const rows = optionRows(all as PeerCommand, options, laterOptions(entry.names[0] ?? "", used));
    sections.push({ names: entry.names, summary: entry.summary, rows });
  }
  const absent = [...peers]
    .filter(([name]) => !covered.has(name))
    .map(([name, command]) => ({ name, peers: command.peers, what: laterCommand(name, used) }))
    .toSorted((a, b) => a.name.localeCompare(b.name));
  const globals = optionRows(peers.get("") as PeerCommand, GLOBAL_OPTIONS, laterOptions("estiba", used));
  return {
    globals,
    sections,
    absent,
    own: COMMANDS.filter(({ names, hidden }) => hidden !== true && !names.some((name) => peers.has(name))),
    unused: allLines().filter((line) => !used.has(line)),
  };
}

function optionRows({ options: theirs }: PeerCommand, own: Options, laterOption: Said): OptionRow[] {
  return [...theirs]
    .map(([name, peers]) => {
      const option = findOption(own, name);
      return { name, short: option?.short, peers, state: stateOf(option, name, laterOption) };
    })
    .toSorted((a, b) => a.name.localeCompare(b.name));
}

function stateOf(option: Option | undefined, name: string, said: Said): State {
  if (option?.kind === "refused") return { kind: "refused", why: option.help };
  const what = said(name, option !== undefined);
  if (what !== undefined) return { kind: "later", what };
  return option === undefined ? { kind: "missing" } : { kind: "works" };
}

function findOption(options: Options, name: string): Option | undefined {
  if (Object.hasOwn(options, name)) return options[name];
  return Object.values(options).find(({ aliases }) => aliases?.includes(name));
}

/** What later.json says of an option; the rest of a command's is promised only where it is not there. */
type Said = (name: string, isThere: boolean) => string | undefined;

function laterOptions(command: string, used: Set<string>): Said {
  const of = SAME_OPTIONS[command] ?? command;
  const promised = LATER_OPTIONS[of] ?? {};
  return (name, isThere) => {
    const key = (isThere ? [name] : [name, REST]).find((candidate) => Object.hasOwn(promised, candidate));
    if (key === undefined) return undefined;
    used.add(`${of} --${key}`);
    return promised[key];
  };
}

function laterCommand(name: string, used: Set<string>): string | undefined {
  const key = [name, name.split(" ")[0] ?? ""].find((candidate) => Object.hasOwn(LATER, candidate));
  if (key === undefined) return undefined;
  used.add(key);
  return LATER[key];
}

function allLines(): string[] {
  const options = Object.entries(LATER_OPTIONS).flatMap(([command, names]) =>
    Object.keys(names).map((name) => `${command} --${name}`),
  );
  return [...Object.keys(LATER), ...options];
}
