import { writeFileSync } from "node:fs";
import { EstibaError } from "../lib/error.ts";
import { type Command, defineCommand } from "./command.ts";
import { SCRIPTS } from "./completion/scripts.ts";

export const command: Command = defineCommand({
  name: "completion",
  summary: "Print the completion script of a shell",
  usage: "[OPTIONS] bash|zsh|fish",
  options: {
    file: { kind: "string", short: "f", value: "FILE", help: "Write it to a file instead of stdout", complete: "file" },
    "no-desc": { kind: "flag", help: "Suggest words without their meanings" },
  },
  args: [1, 1],
  examples: [["estiba completion bash > /etc/bash_completion.d/estiba", "complete estiba's words in bash"]],
  async run(values, [shell = ""], cli) {
    const script = Object.hasOwn(SCRIPTS, shell) ? SCRIPTS[shell] : undefined;
    if (script === undefined) {
      const known = Object.keys(SCRIPTS).join(", ");
      throw new EstibaError("invalid", {
        reason: "cli.unknown_shell",
        what: `there is no completion for "${shell}"`,
        fix: `name one of ${known}`,
      });
    }
    const text = values["no-desc"] ? script.replace("__complete --", "__complete --no-desc --") : script;
    if (values.file === undefined) cli.out(text);
    else writeFileSync(values.file, text);
    return 0;
  },
});
