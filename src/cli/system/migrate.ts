import { type Command, defineCommand } from "../command.ts";

export const command: Command = defineCommand({
  name: "system migrate",
  summary: "Bring containers to the form of this version (nothing to do here)",
  usage: "[OPTIONS]",
  description: "Each command brings the databases to its own form when it opens them, so there is nothing left to do.",
  options: { "new-runtime": { kind: "refused", help: "a container takes its runtime when it starts" } },
  args: [0, 0],
  examples: [["estiba system migrate", "as scripts for Podman do after an upgrade"]],
  async run(_values, _args, cli) {
    // Opening it is what migrates it.
    cli.engine().store.query("SELECT 1").get();
    return await Promise.resolve(0);
  },
});
