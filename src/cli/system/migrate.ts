import { type Command, defineCommand } from "../command.ts";

export const command: Command = defineCommand({
  name: "system migrate",
  summary: "Bring the state to this version's form; end a user's namespaces",
  usage: "[OPTIONS]",
  description:
    "Each command brings the databases to its own form when it opens them, so for root there is nothing left to do. For another user it ends " +
    "the processes that keep his namespaces and his network, once nothing runs in them; the next command makes new ones, for example with " +
    "other ids.",
  options: { "new-runtime": { kind: "refused", help: "a container takes its runtime when it starts" } },
  args: [0, 0],
  examples: [["estiba system migrate", "as scripts for Podman do after an upgrade"]],
  async run(_values, _args, cli) {
    // Opening it is what migrates it.
    const engine = cli.engine();
    engine.store.query("SELECT 1").get();
    await (await import("../../engine/end-namespaces.ts")).endNamespaces(engine);
    return 0;
  },
});
