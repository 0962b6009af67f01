import { describeError, isEstibaError } from "../../lib/error.ts";
import { type Command, defineCommand } from "../command.ts";
import { given, runOther } from "./run-other.ts";
import { openSession } from "./session.ts";

export const command: Command = defineCommand({
  name: "compose push",
  summary: "Push the images of services that are built",
  usage: "[OPTIONS] [SERVICE...]",
  options: {
    "ignore-push-failures": { kind: "flag", help: "Push what can be pushed" },
    "include-deps": { kind: "flag", help: "What the named services depend on, too" },
    quiet: { kind: "flag", short: "q", help: "Show no progress" },
  },
  args: [0, Number.POSITIVE_INFINITY],
  examples: [["estiba compose push web", "one image"]],
  async run(values, services, cli) {
    const session = openSession(cli);
    const { project } = await session.load({ services, dependencies: values["include-deps"] });
    const built = Object.entries(project.services).filter(([, { build }]) => build !== undefined);
    const { command: push } = await import("../push.ts");
    for (const [name, { image, build }] of built) {
      if (image === undefined) {
        cli.err(` ${name} Skipped No image to be pushed\n`);
        continue;
      }
      for (const each of [image, ...(build?.tags ?? [])]) {
        const prefix = session.dryRun ? " DRY-RUN MODE - " : "";
        cli.err(`${prefix} Image ${each} Pushing\n`);
        try {
          if (!session.dryRun) await runOther(cli, push, [...given("--quiet", values.quiet), each]);
        } catch (error) {
          if (!values["ignore-push-failures"] || !isEstibaError(error)) throw error;
          cli.err(`WARN: ${each}: ${describeError(error)}\n`);
          continue;
        }
        cli.err(`${prefix} Image ${each} Pushed\n`);
      }
    }
    return 0;
  },
});
