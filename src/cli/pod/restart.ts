import { restartPod } from "../../engine/pod/restart.ts";
import { announceMove } from "../../host/cgroup-mode.ts";
import { type Command, defineCommand } from "../command.ts";
import { warnKilled } from "../container/warn-killed.ts";
import { forEachPod } from "./each.ts";
import { SELECT_PODS, selectPods } from "./select.ts";

export const command: Command = defineCommand({
  name: "pod restart",
  summary: "Stop pods and start them again",
  usage: "[OPTIONS] POD [POD...]",
  options: { all: SELECT_PODS.all, latest: SELECT_PODS.latest },
  args: [0, Number.POSITIVE_INFINITY],
  complete: "pod",
  examples: [["estiba pod restart web", "all of its containers, in new namespaces"]],
  async run(values, args, cli) {
    void announceMove();
    const engine = cli.engine();
    return await forEachPod(cli, selectPods(cli, args, values), async (name) => {
      const outcome = await restartPod(engine, name);
      for (const stopped of outcome.stopped) warnKilled(cli, stopped);
      return outcome;
    });
  },
});
