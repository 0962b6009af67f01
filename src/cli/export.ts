import { exportContainer } from "../engine/export.ts";
import { type Command, defineCommand } from "./command.ts";
import { writeArchive } from "./image/archive-output.ts";

export const command: Command = defineCommand({
  name: "export",
  summary: "Write a container's file system as a tar archive",
  usage: "[OPTIONS] CONTAINER",
  description: "What volumes and other mounts hold is not part of it.",
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
  complete: "container",
  examples: [
    ["estiba export -o web.tar web", "to a file"],
    ["estiba export web | tar -t", "see what is in it"],
  ],
  async run(values, [name = ""], cli) {
    await writeArchive(exportContainer(cli.engine(), name), values.output);
    return 0;
  },
});
