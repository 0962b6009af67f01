import { EstibaError } from "../../../lib/error.ts";
import type { Command, Option, Values } from "../../command.ts";

type OnCluster = {
  /** Options that are heeded there. */
  readonly options: readonly string[];
  readonly load: () => Promise<Command["run"]>;
};

const VERBS: Readonly<Record<string, OnCluster>> = {
  "compose down": {
    // All of a stack goes, whatever its files say now.
    options: ["remove-orphans"],
    load: async () => (await import("./down.ts")).downOnCluster,
  },
  "compose logs": {
    options: ["follow", "no-color", "no-log-prefix", "since", "tail", "timestamps"],
    load: async () => (await import("./logs.ts")).logsOnCluster as unknown as Command["run"],
  },
  "compose ps": {
    options: ["all", "format", "no-trunc", "quiet", "services"],
    load: async () => (await import("./ps.ts")).psOnCluster as unknown as Command["run"],
  },
  "compose up": {
    // Nothing is built, attached to or asked there: those that say so are heeded.
    options: [
      "detach",
      "force-recreate",
      "menu",
      "no-build",
      "no-deps",
      "remove-orphans",
      "scale",
      "wait",
      "wait-timeout",
      "yes",
    ],
    load: async () => (await import("./up.ts")).upOnCluster as unknown as Command["run"],
  },
};

/** A verb as it is on the cluster. Throws `unsupported` for a verb, or an option, that there is only on one machine. */
export async function onCluster(command: Command, values: Values<Command["options"]>): Promise<Command["run"]> {
  const verb = VERBS[command.name];
  if (verb === undefined) throw notThere(command.name, `there are: ${Object.keys(VERBS).join(", ")}`);
  for (const [name, option] of Object.entries(command.options)) {
    if (verb.options.includes(name) || !isGiven(option, values[name])) continue;
    throw notThere(`${command.name} --${name}`, "leave it out");
  }
  return await verb.load();
}

function isGiven(option: Option, value: unknown): boolean {
  if (option.kind === "flag") return value !== undefined && value !== (option.on ?? false);
  return Array.isArray(value) ? value.length > 0 : value !== undefined;
}

function notThere(what: string, fix: string): EstibaError {
  return new EstibaError("unsupported", {
    reason: "compose.not_on_cluster",
    what: `${what} works on one machine only, not with --cluster`,
    fix,
  });
}
