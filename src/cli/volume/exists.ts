import { getVolume } from "../../state/volumes.ts";
import { type Command, defineCommand } from "../command.ts";

export const command: Command = defineCommand({
  name: "volume exists",
  summary: "Tell by the exit code whether a volume is there",
  usage: "VOLUME",
  description: "0: it is there; 1: it is not; 125: it could not be found out.",
  options: {},
  args: [1, 1],
  complete: "volume",
  examples: [["estiba volume exists data || estiba volume create data", "make it where it is missing"]],
  async run(_values, [name = ""], cli) {
    await Promise.resolve();
    return getVolume(cli.engine().store, name) === undefined ? 1 : 0;
  },
});
