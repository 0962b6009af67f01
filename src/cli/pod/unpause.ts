import { unpausePod } from "../../engine/pod/signal.ts";
import { type Command, defineCommand } from "../command.ts";
import { forEachPod } from "./each.ts";
import { SELECT_PODS, selectPods } from "./select.ts";

export const command: Command = defineCommand({
  name: "pod unpause",
  summary: "Let paused pods go on",
  usage: "[OPTIONS] POD [POD...]",
  options: { all: SELECT_PODS.all, latest: SELECT_PODS.latest },
  args: [0, Number.POSITIVE_INFINITY],
  complete: "pod",
  examples: [["estiba pod unpause web", "after estiba pod pause web"]],
  async run(values, args, cli) {
    const engine = cli.engine();
    return await forEachPod(cli, selectPods(cli, args, values), (name) => unpausePod(engine, name));
  },
});
