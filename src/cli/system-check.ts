import { checkEngine } from "../engine/check/check.ts";
import { describeError } from "../lib/error.ts";
import { type Command, defineCommand } from "./command.ts";

export const command: Command = defineCommand({
  name: "system check",
  summary: "Hold disk and kernel against the records, and name or mend what does not fit",
  usage: "[OPTIONS]",
  description: "A line for each finding. Exit code 0 when all is well (or was mended), 1 when something is not.",
  options: {
    force: { kind: "refused", help: "--repair mends what can be mended without losing a container or a volume" },
    max: { kind: "refused", help: "what no image uses counts at once, however new it is" },
    quick: { kind: "flag", short: "q", help: "Do not read the contents of blobs" },
    repair: { kind: "flag", short: "r", help: "Mend what can be mended" },
  },
  frees: true,
  args: [0, 0],
  examples: [
    ["estiba system check --quick", "after a power cut, say"],
    ["estiba system check --repair", "mend it, too"],
  ],
  async run(values, _args, cli) {
    let open = 0;
    for await (const { kind, what, repair } of checkEngine(cli.engine(), { quick: values.quick })) {
      if (!values.repair || repair === undefined) {
        open++;
        cli.out(`${kind}: ${what}${values.repair ? " (cannot be mended here)" : ""}\n`);
        continue;
      }
      try {
        await repair();
        cli.out(`${kind}: ${what} (mended)\n`);
      } catch (error) {
        open++;
        cli.out(`${kind}: ${what} (not mended: ${describeError(error)})\n`);
      }
    }
    return open === 0 ? 0 : 1;
  },
});
