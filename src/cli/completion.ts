import { EstibaError } from "../lib/error.ts";
import { type Command, defineCommand } from "./command.ts";
import { SCRIPTS } from "./completion/scripts.ts";

export const command: Command = defineCommand({
  name: "completion",
  summary: "Print the completion script of a shell",
  usage: "bash|zsh|fish",
  options: {},
  args: [1, 1],
  examples: [["estiba completion bash > /etc/bash_completion.d/estiba", "complete estiba's words in bash"]],
  async run(_values, [shell = ""], cli) {
    const script = Object.hasOwn(SCRIPTS, shell) ? SCRIPTS[shell] : undefined;
    if (script === undefined) {
      const known = Object.keys(SCRIPTS).join(", ");
      throw new EstibaError("invalid", {
        reason: "cli.unknown_shell",
        what: `there is no completion for "${shell}"`,
        fix: `name one of ${known}`,
      });
    }
    cli.out(script);
    return 0;
  },
});
