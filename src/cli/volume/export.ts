import { exportVolume } from "../../engine/volume/archive.ts";
import { type Command, defineCommand } from "../command.ts";
import { writeArchive } from "../image/archive-output.ts";

export const command: Command = defineCommand({
  name: "volume export",
  summary: "Write what is in a volume as a tar archive",
  usage: "[OPTIONS] VOLUME",
  options: {
    output: {
      kind: "string",
      short: "o",
      value: "FILE",
      help: "Write to this file instead of stdout",
      complete: "file",
    },
  },
  args: [1, 1],
  complete: "volume",
  examples: [
    ["estiba volume export -o data.tar data", "to a file"],
    ["estiba volume export data | ssh other estiba volume import data -", "to another machine"],
  ],
  async run(values, [name = ""], cli) {
    await writeArchive(exportVolume(cli.engine(), name), values.output);
    return 0;
  },
});
