import type { Project } from "../../compose/project.ts";
import { describeError, isEstibaError } from "../../lib/error.ts";
import { type Command, defineCommand } from "../command.ts";
import { given, runOther } from "./run-other.ts";
import { openSession, type Session } from "./session.ts";

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
    await pushBuilt(session, project, { quiet: values.quiet, ignoreFailures: values["ignore-push-failures"] });
    return 0;
  },
});

type Pushing = { readonly quiet: boolean; readonly ignoreFailures: boolean };

/** Pushes the images of a project's services that are built. */
export async function pushBuilt(
  { cli, dryRun }: Session,
  { services }: Project,
  { quiet, ignoreFailures }: Pushing,
): Promise<void> {
  const built = Object.entries(services).filter(([, { build }]) => build !== undefined);
  const { command: push } = await import("../push.ts");
  const prefix = dryRun ? " DRY-RUN MODE - " : "";
  for (const [name, { image, build }] of built) {
    if (image === undefined) {
      cli.err(` ${name} Skipped No image to be pushed\n`);
      continue;
    }
    for (const each of [image, ...(build?.tags ?? [])]) {
      cli.err(`${prefix} Image ${each} Pushing\n`);
      try {
        if (!dryRun) await runOther(cli, push, [...given("--quiet", quiet), each]);
      } catch (error) {
        if (!ignoreFailures || !isEstibaError(error)) throw error;
        cli.err(`WARN: ${each}: ${describeError(error)}\n`);
        continue;
      }
      cli.err(`${prefix} Image ${each} Pushed\n`);
    }
  }
}
