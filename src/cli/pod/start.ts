import { startPod } from "../../engine/pod/start.ts";
import { announceMove } from "../../host/cgroup-mode.ts";
import { type Command, defineCommand } from "../command.ts";
import { forEachPod } from "./each.ts";
import { SELECT_PODS, selectPods } from "./select.ts";

export const command: Command = defineCommand({
  name: "pod start",
  summary: "Start pods with all of their containers",
  usage: "[OPTIONS] POD [POD...]",
  description:
    "The infra container comes first, then init containers, one after another to their end, then all others: each after\nthose that it requires, several at once.",
  options: SELECT_PODS,
  args: [0, Number.POSITIVE_INFINITY],
  complete: "pod",
  examples: [["estiba pod start web", "start a pod"]],
  async run(values, args, cli) {
    void announceMove();
    const engine = cli.engine();
    return await forEachPod(cli, selectPods(cli, args, values), (name) => startPod(engine, name));
  },
});
