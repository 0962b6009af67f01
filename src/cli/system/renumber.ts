import { type Command, defineCommand } from "../command.ts";

export const command: Command = defineCommand({
  name: "system renumber",
  summary: "Give each container a lock of its own again (nothing to do here)",
  usage: "",
  description: "A lock is a file named after its container: there are no numbers that could run out or clash.",
  options: {},
  args: [0, 0],
  examples: [["estiba system renumber", "as scripts for Podman do"]],
  async run() {
    return await Promise.resolve(0);
  },
});
