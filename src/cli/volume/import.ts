import { importVolume } from "../../engine/volume/archive.ts";
import { streamFile } from "../../image/content-store.ts";
import { type Command, defineCommand } from "../command.ts";

export const command: Command = defineCommand({
  name: "volume import",
  summary: "Unpack a tar archive into a volume",
  usage: "VOLUME [FILE|-]",
  description:
    "The archive may be compressed. It comes from stdin for -, and where no file is named. What the volume has under\nother names stays.",
  options: {},
  args: [1, 2],
  complete: "volume",
  examples: [
    ["estiba volume import data data.tar", "from a file"],
    ["tar -C folder -c . | estiba volume import data -", "from stdin"],
  ],
  async run(_values, [name = "", source = "-"], cli) {
    await importVolume(cli.engine(), name, source === "-" ? Bun.stdin.stream() : streamFile(source));
    return 0;
  },
});
