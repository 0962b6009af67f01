import { holdVolume } from "../../engine/volume/hold.ts";
import { type Command, defineCommand } from "../command.ts";
import { forEachName } from "../container/each.ts";

export const command: Command = defineCommand({
  name: "volume mount",
  summary: "Mount volumes for the host, and print where",
  usage: "VOLUME [VOLUME...]",
  description: "A volume with a device stays mounted until `volume unmount`, or the next boot.",
  options: {},
  args: [1, Number.POSITIVE_INFINITY],
  complete: "volume",
  examples: [["ls $(estiba volume mount share)", "see what is in it"]],
  async run(_values, args, cli) {
    return await forEachName(cli, args, async (name) => await holdVolume(cli.engine(), name));
  },
});
