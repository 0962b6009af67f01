import type { Engine } from "../engine/engine.ts";
import { logDetails } from "../engine/log/details.ts";
import { type LogRequest, readLog } from "../engine/log/read.ts";
import type { ContainerRecord } from "../state/container.ts";
import { findContainer, hasContainerNamed } from "../state/containers.ts";
import { type Command, defineCommand, type Values } from "./command.ts";
import { badOption } from "./container/bad-option.ts";
import { SELECT_OPTIONS, selectContainers } from "./container/select.ts";
import type { Cli } from "./context.ts";
import { type NamedLog, printLogs } from "./logs/print-logs.ts";
import { momentOf } from "./moment-option.ts";

const ENDING_SIGNALS = { SIGHUP: 1, SIGINT: 2, SIGTERM: 15 } as const;

/** What is shown of logs, and how. */
export const LOGS_OPTIONS = {
  color: { kind: "flag", help: "Give each container a colour, unless NO_COLOR is set" },
  details: { kind: "flag", help: "Put the values of --log-opt labels and env in front, as Docker does" },
  follow: { kind: "flag", short: "f", help: "Go on until the container ends" },
  names: { kind: "flag", short: "n", help: "Put the name in front of each line, for several containers" },
  since: {
    kind: "string",
    value: "TIME",
    help: "Only what is later than a time (RFC 3339, Unix) or a while ago (10m)",
  },
  tail: { kind: "string", value: "N", help: "Only the last N lines (all or -1 for every one)" },
  timestamps: { kind: "flag", short: "t", help: "Put the time in front of each line" },
  until: { kind: "string", value: "TIME", help: "Only what is earlier than a time, or than a while from now" },
} as const;

export const command: Command = defineCommand({
  name: "logs",
  summary: "Show what containers printed",
  usage: "[OPTIONS] CONTAINER [CONTAINER...]",
  description:
    "Of several containers each line has the id in front, or with --names the name, and lines are in the\norder of their time. On a manager of a cluster CONTAINER may be a task of any node, such as web.1; service\nlogs shows those of all tasks of a service.",
  options: { ...LOGS_OPTIONS, latest: SELECT_OPTIONS.latest },
  args: [0, Number.POSITIVE_INFINITY],
  complete: "container",
  examples: [
    ["estiba logs --tail 20 --follow web", "the last lines, and what comes"],
    ["estiba logs --since 10m web", "the last ten minutes"],
    ["estiba logs --names --color web db", "two containers, side by side"],
  ],
  async run(values, args, cli) {
    const engine = cli.engine();
    const lines = isDockersTail(engine, values, args) ? args[0] : undefined;
    const names = selectContainers(cli, lines === undefined ? args : args.slice(1), {
      latest: values.latest,
      missing: "specify at least one container name or ID to log",
    });
    const records = names.map((name) => findContainer(engine.store, name));
    const asked = lines === undefined ? values : { ...values, names: false, tail: lines };
    return await showLogs(cli, records, { ...asked, labelled: records.length > 1 });
  },
});

/** `logs -n 20 web` as Docker reads it, where -n is --tail; with Podman, as here, it is --names, and 20 would be a container. */
function isDockersTail(engine: Engine, values: Values<typeof LOGS_OPTIONS>, [first = "", ...rest]: string[]): boolean {
  const possible = values.names && values.tail === undefined && rest.length > 0 && /^\d{1,9}$/.test(first);
  return possible && !hasContainerNamed(engine.store, first);
}

type Showing = Values<typeof LOGS_OPTIONS> & {
  /** Lines say whose they are. */
  readonly labelled: boolean;
};

/** Shows the logs of containers, by time, until they end or a signal comes; resolves to the exit code. */
export async function showLogs(cli: Cli, records: readonly ContainerRecord[], values: Showing): Promise<number> {
  const engine = cli.engine();
  const until = momentOf("--until", values.until);
  const stop = new AbortController();
  const request: LogRequest = {
    follow: values.follow && (until ?? Number.POSITIVE_INFINITY) > Date.now(),
    tail: tailOf(values.tail),
    signal: stop.signal,
  };
  // journalctl is a process of its own, which must not outlive this one.
  using signals = records.some(({ spec }) => spec.log.driver === "journald") ? endOnSignal(stop) : undefined;
  using _timer = abortAt(stop, values.follow ? until : undefined);
  const logs = await Promise.all(
    records.map(async (record) => await ownLog(engine, record, { ...request, details: values.details })),
  );
  const since = momentOf("--since", values.since);
  await printLogs(logs, { ...values, follow: request.follow, since, until });
  return signals?.exitCode() ?? 0;
}

/** The log of a container of this machine. */
export async function ownLog(
  engine: Engine,
  record: ContainerRecord,
  { details, ...request }: LogRequest & { readonly details: boolean },
): Promise<NamedLog> {
  const { id, name } = record;
  return {
    id,
    name,
    details: details ? `${await logDetails(record)} ` : "",
    entries: readLog(engine, record, request),
  };
}

/** Aborts instead of dying; the exit code is that of the signal that came, or undefined. */
function endOnSignal(stop: AbortController): Disposable & { exitCode: () => number | undefined } {
  const came: { signal?: keyof typeof ENDING_SIGNALS } = {};
  const note = (signal: NodeJS.Signals): void => {
    came.signal = signal as keyof typeof ENDING_SIGNALS;
    stop.abort();
  };
  for (const signal of Object.keys(ENDING_SIGNALS)) process.on(signal, note);
  return {
    exitCode: () => (came.signal === undefined ? undefined : 128 + ENDING_SIGNALS[came.signal]),
    [Symbol.dispose]: () => {
      for (const signal of Object.keys(ENDING_SIGNALS)) process.off(signal, note);
    },
  };
}

/** Ends the following of a log at a time. */
export function abortAt(stop: AbortController, at: number | undefined): Disposable {
  const wait = at === undefined ? undefined : at - Date.now();
  // Timers hold no more; who follows a log for three weeks starts anew.
  const timer =
    wait === undefined ? undefined : setTimeout(() => stop.abort(), Math.min(Math.max(wait, 0), 2_147_483_647));
  return { [Symbol.dispose]: () => clearTimeout(timer) };
}

/** The lines of `--tail`: undefined for all. Throws `invalid`. */
export function tailOf(text: string | undefined): number | undefined {
  if (text === undefined || text === "all" || /^-\d+$/.test(text)) return undefined;
  if (!/^\d+$/.test(text)) throw badOption("--tail", text, "a number of lines or all");
  return Number(text);
}
