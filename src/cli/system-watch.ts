import { runWatcher } from "../engine/watcher/watch.ts";
import { type Command, defineCommand } from "./command.ts";

export const command: Command = defineCommand({
  name: "system watch",
  summary: "Make the health checks and restarts that are due (starts by itself)",
  usage: "",
  options: {},
  args: [0, 0],
  examples: [],
  async run(_values, _args, cli) {
    const stop = new AbortController();
    for (const signal of ["SIGTERM", "SIGINT"] as const) process.on(signal, () => stop.abort());
    await runWatcher(cli.engine(), stop.signal);
    return 0;
  },
});
