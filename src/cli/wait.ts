import { WAIT_CONDITIONS, type WaitCondition, waitForCondition } from "../engine/wait-condition.ts";
import { parseDuration } from "../lib/duration.ts";
import { isEstibaError } from "../lib/error.ts";
import { recallExit } from "../state/finished.ts";
import { type Command, defineCommand } from "./command.ts";
import { badOption } from "./container/bad-option.ts";
import { forEachName, ignoringUnknown } from "./container/each.ts";
import { SELECT_OPTIONS, selectContainers } from "./container/select.ts";
import type { Cli } from "./context.ts";

const DEFAULT_INTERVAL_MS = 250;
const LONGEST_INTERVAL_MS = 2_147_483_647;
/** What stands for the code of a container that does not exist. */
const UNKNOWN_CODE = "-1";

export const command: Command = defineCommand({
  name: "wait",
  summary: "Wait until containers end and print their exit codes",
  usage: "[OPTIONS] CONTAINER [CONTAINER...]",
  description:
    "One that never ran counts as ended, with code 0. For conditions other than the end, -1 is printed.\nThe conditions are configured, created, exited, healthy, initialized, paused, removing, running,\nstopped, stopping, unhealthy.",
  options: {
    condition: { kind: "list", value: "STATE", help: "Wait for this instead, or for one of several (default stopped)" },
    "exit-first-match": { kind: "flag", help: "Wait for the first of the containers only" },
    ignore: { kind: "flag", help: "Print -1 for a container that does not exist" },
    interval: {
      kind: "string",
      short: "i",
      value: "DURATION",
      help: "Look again that often, for what does not tell by itself (default 250ms)",
    },
    latest: SELECT_OPTIONS.latest,
  },
  args: [0, Number.POSITIVE_INFINITY],
  complete: "container",
  examples: [
    ["estiba wait job", "print the exit code when the job is done"],
    ["estiba wait --condition healthy db", "go on when the database answers"],
  ],
  async run(values, args, cli) {
    const request = { conditions: conditionsOf(values.condition), intervalMs: intervalOf(values.interval) };
    const names = selectContainers(cli, args, { latest: values.latest });
    const wait = async (name: string): Promise<string> => {
      const code = await ignoringUnknown(values.ignore, async () => String(await codeOf(cli, name, request)));
      return code ?? UNKNOWN_CODE;
    };
    if (!values["exit-first-match"]) return await forEachName(cli, names, wait);
    cli.out(`${await Promise.any(names.map(wait)).catch(firstFailure)}\n`);
    return 0;
  },
});

type Request = { readonly conditions: readonly WaitCondition[]; readonly intervalMs: number };

async function codeOf(cli: Cli, name: string, request: Request): Promise<number> {
  const engine = cli.engine();
  try {
    return await waitForCondition(engine, name, request);
  } catch (error) {
    // One that removed itself can still be asked for by its full id.
    const remembered = isEstibaError(error, "not_found") ? recallExit(engine.live, name) : undefined;
    if (remembered === undefined) throw error;
    return remembered.code;
  }
}

function firstFailure(error: unknown): never {
  throw error instanceof AggregateError ? error.errors[0] : error;
}

function conditionsOf(texts: readonly string[]): WaitCondition[] {
  const words = texts.flatMap((text) => text.split(","));
  const conditions = words.map((word) => {
    const known = WAIT_CONDITIONS.find((condition) => condition === word);
    if (known === undefined) throw badOption("--condition", word, "a state", `known: ${WAIT_CONDITIONS.join(", ")}`);
    return known;
  });
  return conditions.length === 0 ? ["stopped"] : conditions;
}

function intervalOf(text: string | undefined): number {
  if (text === undefined) return DEFAULT_INTERVAL_MS;
  // A bare number means milliseconds.
  const ms = parseDuration(text) ?? parseDuration(`${text}ms`);
  if (ms === undefined || ms < 0) throw badOption("--interval", text, "a while", "for example 500ms or 2s");
  return Math.min(ms === 0 ? DEFAULT_INTERVAL_MS : Math.max(ms, 1), LONGEST_INTERVAL_MS);
}
