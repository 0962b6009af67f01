import { type Booted, bootContainers, shutDownContainers } from "../engine/boot.ts";
import { type Command, defineCommand } from "./command.ts";
import type { Cli } from "./context.ts";

export const command: Command = defineCommand({
  name: "system boot",
  summary: "Start what restart policies ask for after a reboot",
  usage: "[OPTIONS]",
  description:
    "A line for each container that has a restart policy. What runs already, or has run since the boot, is left alone; what cannot be started is tried again by itself, and makes the exit code 125. The unit estiba-boot.service calls this.",
  options: {
    quiet: { kind: "flag", short: "q", help: "Tell only of what could not be started" },
    shutdown: { kind: "flag", help: "Stop all containers instead, to be started again by the next boot" },
  },
  args: [0, 0],
  examples: [
    ["estiba system boot", "when the machine is up"],
    ["estiba system boot --shutdown", "before it goes down"],
  ],
  async run(values, _args, cli) {
    if (values.shutdown) return await shutDown(cli, values.quiet);
    const booted = await bootContainers(cli.engine(), new AbortController().signal);
    for (const one of booted) {
      if (one.reason !== undefined) cli.err(`Error: ${describe(one)}: ${one.reason}\n`);
      else if (!values.quiet) cli.out(`${describe(one)}\n`);
    }
    return booted.some(({ reason }) => reason !== undefined) ? 125 : 0;
  },
});

const TEXTS = {
  started: "started",
  running: "runs already",
  waiting: "waits for its restart",
  stopped: "left: a user has stopped it",
  ended: "left: it has ended",
  "never started": "left: it was never started",
  enabled: "left: the units of its project start it",
} as const satisfies Record<Booted["outcome"], string>;

function describe({ record, outcome, reason }: Booted): string {
  const text = reason === undefined ? TEXTS[outcome] : "could not be started";
  const further = reason !== undefined && outcome === "waiting" ? ", and will be tried again" : "";
  return `${record.name} (${record.spec.restart?.name}): ${text}${further}`;
}

async function shutDown(cli: Cli, quiet: boolean): Promise<number> {
  for (const { record, killed } of await shutDownContainers(cli.engine())) {
    if (killed) cli.warn(`"${record.name}" did not end on ${record.process.stopSignal}, resorted to SIGKILL`);
    if (!quiet) cli.out(`${record.name}: stopped\n`);
  }
  return 0;
}
