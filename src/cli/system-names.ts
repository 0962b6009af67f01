import { runNames } from "../engine/names/serve.ts";
import { type Command, defineCommand } from "./command.ts";

export const command: Command = defineCommand({
  name: "system names",
  summary: "Answer the names of containers on networks (starts by itself)",
  usage: "",
  options: {},
  args: [0, 0],
  examples: [],
  async run(_values, _args, cli) {
    const stop = new AbortController();
    for (const signal of ["SIGTERM", "SIGINT"] as const) process.on(signal, () => stop.abort());
    await runNames(cli.engine(), stop.signal);
    return 0;
  },
});
