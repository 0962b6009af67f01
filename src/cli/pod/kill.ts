import { killPod } from "../../engine/pod/signal.ts";
import { type Command, defineCommand } from "../command.ts";
import { forEachPod } from "./each.ts";
import { SELECT_PODS, selectPods } from "./select.ts";

export const command: Command = defineCommand({
  name: "pod kill",
  summary: "Send a signal to all containers of pods",
  usage: "[OPTIONS] POD [POD...]",
  options: {
    all: SELECT_PODS.all,
    latest: SELECT_PODS.latest,
    signal: {
      kind: "string",
      short: "s",
      value: "SIGNAL",
      help: "By name or number (default KILL)",
      complete: "signal",
    },
  },
  frees: true,
  args: [0, Number.POSITIVE_INFINITY],
  complete: "pod",
  examples: [["estiba pod kill --signal HUP web", "all of them read their configuration again"]],
  async run(values, args, cli) {
    const engine = cli.engine();
    return await forEachPod(cli, selectPods(cli, args, values), (name) =>
      killPod(engine, name, values.signal ?? "KILL"),
    );
  },
});
