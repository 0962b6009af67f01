import { prunePods } from "../../engine/pod/prune.ts";
import { type Command, defineCommand } from "../command.ts";
import { confirm } from "../confirm.ts";

export const command: Command = defineCommand({
  name: "pod prune",
  summary: "Remove the pods of which nothing runs any more",
  usage: "[OPTIONS]",
  description: "A pod that was never started stays.",
  options: { force: { kind: "flag", short: "f", help: "Do not ask" } },
  frees: true,
  args: [0, 0],
  examples: [["estiba pod prune --force", "without a question"]],
  async run(values, _args, cli) {
    if (!values.force) {
      cli.err("WARNING! This will remove all stopped/exited pods..\n");
      if (!(await confirm())) return 0;
    }
    cli.out((await prunePods(cli.engine(), [])).map((id) => `${id}\n`).join(""));
    return 0;
  },
});
