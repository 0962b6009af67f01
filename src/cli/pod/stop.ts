import { stopPod } from "../../engine/pod/stop.ts";
import { type Command, defineCommand } from "../command.ts";
import { warnKilled } from "../container/warn-killed.ts";
import { forEachPod, unlessUnknown } from "./each.ts";
import { SELECT_PODS, selectPods } from "./select.ts";

export const command: Command = defineCommand({
  name: "pod stop",
  summary: "Stop all containers of pods",
  usage: "[OPTIONS] POD [POD...]",
  options: {
    ...SELECT_PODS,
    ignore: { kind: "flag", short: "i", help: "Do not mind a pod that does not exist" },
    time: {
      kind: "integer",
      short: "t",
      aliases: ["timeout"],
      value: "SECONDS",
      help: "Time before SIGKILL (default: that of each container, 10)",
    },
  },
  frees: true,
  args: [0, Number.POSITIVE_INFINITY],
  complete: "pod",
  examples: [
    ["estiba pod stop web", "the infra container goes last"],
    ["estiba pod stop --time 0 --all", "end everything in pods now"],
  ],
  async run(values, args, cli) {
    const engine = cli.engine();
    return await forEachPod(cli, selectPods(cli, args, values), (name) =>
      unlessUnknown(values.ignore, async () => {
        const outcome = await stopPod(engine, name, { timeoutSeconds: values.time });
        for (const stopped of outcome.stopped) warnKilled(cli, stopped);
        return outcome;
      }),
    );
  },
});
