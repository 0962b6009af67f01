import { downProject, previewDown } from "../../compose/down.ts";
import { type Command, defineCommand } from "../command.ts";
import { catchInterrupt } from "../image/interrupt.ts";
import { isOn, openSession } from "./session.ts";

export const command: Command = defineCommand({
  name: "compose down",
  summary: "Stop and remove a project's containers and networks",
  usage: "[OPTIONS] [SERVICE...]",
  description:
    "Works without a file, too, where -p names the project. A named service goes with those that depend on it.",
  options: {
    cluster: { kind: "flag", help: "Remove the project's stack from the cluster" },
    "remove-orphans": { kind: "flag", help: "Remove containers of services that the files do not have, too" },
    rmi: {
      kind: "string",
      value: "WHICH",
      choices: ["local", "all"],
      help: "Remove images: those without a name of their own, or all",
    },
    timeout: {
      kind: "integer",
      short: "t",
      value: "SECONDS",
      help: "Time for containers to stop (default: their own)",
    },
    volumes: { kind: "flag", short: "v", help: "Remove the project's volumes and anonymous ones, too" },
  },
  frees: true,
  args: [0, Number.POSITIVE_INFINITY],
  examples: [
    ["estiba compose down", "the data in volumes stays"],
    ["estiba compose down -v --rmi local", "with volumes and built images"],
  ],
  async run(values, services, cli) {
    const session = openSession(cli);
    const { loaded, naming } = await session.loadIfThere();
    using interrupt = catchInterrupt();
    const variables = loaded?.environment ?? process.env;
    const options = {
      naming,
      services,
      removeOrphans: values["remove-orphans"] || isOn(variables, "COMPOSE_REMOVE_ORPHANS"),
      ignoreOrphans: isOn(variables, "COMPOSE_IGNORE_ORPHANS"),
      volumes: values.volumes,
      images: values.rmi as "local" | "all" | undefined,
      timeoutSeconds: values.timeout,
    };
    if (session.dryRun) {
      const { steps, warnings } = previewDown(cli.engine(), loaded, options);
      const { dryRunSteps } = await import("./dry-run.ts");
      await session.show("down", dryRunSteps(steps, warnings));
      return 0;
    }
    await session.show("down", downProject(cli.engine(), loaded, options, interrupt.signal));
    return 0;
  },
});
