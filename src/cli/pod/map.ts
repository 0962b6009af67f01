import { type Command, defineCommand } from "../command.ts";
import { MAP_OPTIONS, showMap } from "../map.ts";
import { SELECT_PODS, selectPods } from "./select.ts";

export const command: Command = defineCommand({
  name: "pod map",
  summary: "Draw what a pod is made of, and what its containers share",
  usage: "[OPTIONS] POD",
  description:
    "Containers with their processes and the namespaces they are in, as the kernel numbers them; cgroups with limits and\nuse; image layers; networks, addresses and ports; volumes.",
  options: { ...MAP_OPTIONS, latest: SELECT_PODS.latest },
  args: [0, 1],
  complete: "pod",
  examples: [
    ["estiba pod map web", "on the terminal"],
    ["estiba pod map --svg web.svg web", "as a picture for a browser"],
  ],
  async run(values, args, cli) {
    const [name] = selectPods(cli, args, { latest: values.latest });
    return await showMap(cli, values.svg, name);
  },
});
