import type { ForeignEngine } from "../config/foreign-roots.ts";
import { EstibaError } from "../lib/error.ts";

/** What the commands that bring things along from another engine have in common. */
export const FOREIGN_OPTIONS = {
  all: { kind: "flag", short: "a", help: "All that have a name" },
  root: {
    kind: "string",
    value: "DIR",
    help: "Where the other engine keeps them (default: its usual place)",
    complete: "directory",
  },
} as const;

export function chosenEngine(text: string): ForeignEngine {
  if (text === "docker" || text === "podman") return text;
  throw new EstibaError("invalid", {
    reason: "cli.foreign_engine",
    what: `"${text}" is no engine to bring anything from`,
    fix: "name docker or podman",
  });
}

/** The names given, or undefined for all of them. Throws `invalid` for both and for neither. */
export function chosenNames(names: readonly string[], all: boolean): readonly string[] | undefined {
  if (all !== names.length > 0) return all ? undefined : names;
  throw new EstibaError("invalid", {
    reason: "cli.all_and_names",
    what: all ? "--all takes no names" : "nothing was named",
    fix: "name some, or use --all",
  });
}
