import { pausePod } from "../../engine/pod/signal.ts";
import { type Command, defineCommand } from "../command.ts";
import { forEachPod } from "./each.ts";
import { SELECT_PODS, selectPods } from "./select.ts";

export const command: Command = defineCommand({
  name: "pod pause",
  summary: "Hold all processes of pods",
  usage: "[OPTIONS] POD [POD...]",
  options: { all: SELECT_PODS.all, latest: SELECT_PODS.latest },
  args: [0, Number.POSITIVE_INFINITY],
  complete: "pod",
  examples: [["estiba pod pause web", "until estiba pod unpause web"]],
  async run(values, args, cli) {
    const engine = cli.engine();
    return await forEachPod(cli, selectPods(cli, args, values), (name) => pausePod(engine, name));
  },
});
