import { letVolumeGo } from "../../engine/volume/hold.ts";
import { type Command, defineCommand } from "../command.ts";
import { forEachName } from "../container/each.ts";

export const command: Command = defineCommand({
  name: "volume unmount",
  summary: "Take `volume mount` back",
  usage: "VOLUME [VOLUME...]",
  description: "While a container uses the volume, its device stays mounted.",
  options: {},
  args: [1, Number.POSITIVE_INFINITY],
  complete: "volume",
  examples: [["estiba volume unmount share", "one volume"]],
  async run(_values, args, cli) {
    return await forEachName(cli, args, async (name) => await letVolumeGo(cli.engine(), name));
  },
});
