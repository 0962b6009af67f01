import type { Engine } from "../engine/engine.ts";
import { type Command, defineCommand } from "./command.ts";

/** A command that starts by itself and works until it has nothing left to do, or is asked to end. */
export function helperCommand(
  name: string,
  summary: string,
  work: (engine: Engine, signal: AbortSignal) => Promise<void>,
): Command {
  return defineCommand({
    name,
    summary: `${summary} (starts by itself)`,
    usage: "",
    options: {},
    args: [0, 0],
    examples: [],
    async run(_values, _args, cli) {
      const stop = new AbortController();
      for (const signal of ["SIGTERM", "SIGINT"] as const) process.on(signal, () => stop.abort());
      await work(cli.engine(), stop.signal);
      return 0;
    },
  });
}
