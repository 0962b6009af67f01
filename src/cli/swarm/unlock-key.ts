import { askNode } from "../../cluster/door/client.ts";
import { type Command, defineCommand } from "../command.ts";
import { readUnlockKey, tellUnlockKey } from "./unlock-words.ts";

export const command: Command = defineCommand({
  name: "swarm unlock-key",
  summary: "Show or replace the key that locked managers need",
  usage: "[OPTIONS]",
  description:
    "Where managers lock (estiba swarm update --autolock), what they keep of keys is encrypted with it, and they know it\nin memory only. With --rotate, managers that are away at that moment still need the former one.",
  options: {
    quiet: { kind: "flag", short: "q", help: "Only the key" },
    rotate: { kind: "flag", help: "Make another one" },
  },
  args: [0, 0],
  examples: [["estiba swarm unlock-key -q", "to be kept where it is safe"]],
  async run(values, _args, cli) {
    const ask = await askNode(cli.engine());
    if (values.rotate) {
      await readUnlockKey(ask);
      await ask("POST", "/swarm/unlock-key", {});
      if (!values.quiet) cli.out("Successfully rotated manager unlock key.\n\n");
    }
    const key = await readUnlockKey(ask);
    if (values.quiet) cli.out(`${key}\n`);
    else tellUnlockKey(cli, key);
    return 0;
  },
});
