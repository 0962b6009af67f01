import { isLocked, notLocked, unlockManager } from "../../cluster/node/unlock.ts";
import { type Command, defineCommand } from "../command.ts";
import { askHidden } from "../image/prompt.ts";

export const command: Command = defineCommand({
  name: "swarm unlock",
  summary: "Give this manager the key that it needs",
  usage: "",
  description:
    "After its process has begun anew, a manager that locks takes part in the cluster again when it has the key; its\ncontainers have run on meanwhile. The key is asked for at the terminal, or read from stdin.",
  options: {},
  args: [0, 0],
  examples: [["pass show swarm | estiba swarm unlock", "from a password manager"]],
  async run(_values, _args, cli) {
    const engine = cli.engine();
    if (!(await isLocked(engine))) throw notLocked();
    const key = process.stdin.isTTY ? await askHidden(cli, "Enter unlock key: ") : await Bun.stdin.text();
    await unlockManager(engine, key.trim());
    return 0;
  },
});
