import { EstibaError } from "../lib/error.ts";
import type { Command } from "./command.ts";

// `--help` counts only before the container's own command begins.
export function wantsHelp(words: readonly string[], command: Command): boolean {
  for (const word of words) {
    if (word === "--") return false;
    if (word === "--help" || (word === "-h" && !usesShort(command, "h"))) return true;
    if (command.stopAtFirst === true && !word.startsWith("-")) return false;
  }
  return false;
}

function usesShort(command: Command, short: string): boolean {
  return Object.values(command.options).some((option) => option.short === short);
}

export function checkArguments(args: readonly string[], command: Command, name: string): void {
  const [least, most] = command.args;
  if (args.length >= least && args.length <= most) return;
  throw new EstibaError("invalid", {
    reason: "cli.argument_count",
    what: countError(args.length, command.args, name),
    fix: `usage: estiba ${name} ${command.usage}`,
  });
}

// In the words that Podman has for it.
function countError(count: number, [least, most]: Command["args"], name: string): string {
  if (most === 0) return `\`estiba ${name}\` takes no arguments`;
  if (least === most) return `accepts ${least} arg(s), received ${count}`;
  if (count < least) return `requires at least ${least} arg(s), only received ${count}`;
  return `accepts at most ${most} arg(s), received ${count}`;
}
