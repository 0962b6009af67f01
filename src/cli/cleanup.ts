import { cleanupContainer } from "../engine/cleanup.ts";
import { finishSession } from "../engine/exec-session.ts";
import { type Command, defineCommand } from "./command.ts";

export const command: Command = defineCommand({
  name: "container cleanup",
  summary: "Free what a container that has ended leaves in the kernel (conmon calls it)",
  usage: "CONTAINER-ID",
  options: {
    exec: { kind: "string", value: "SESSION", help: "Free what this session of exec leaves, not the container" },
  },
  args: [1, 1],
  examples: [],
  async run(values, args, cli) {
    const id = args[0] ?? "";
    if (values.exec === undefined) await cleanupContainer(cli.engine(), id);
    else finishSession(cli.engine(), id, values.exec);
    return 0;
  },
});
