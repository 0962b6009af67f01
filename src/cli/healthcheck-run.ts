import { runHealthCheck } from "../engine/health/run.ts";
import { type Command, defineCommand } from "./command.ts";

export const command: Command = defineCommand({
  name: "healthcheck run",
  summary: "Make a container's health check now",
  usage: "[OPTIONS] CONTAINER",
  description:
    "Exit code 0 when it passed; 1 when it failed, or the start-up check has not passed yet, with that word printed; 125 when the container does not run or has no check. The result counts like that of a check on time.",
  options: {
    "ignore-result": { kind: "flag", help: "Exit code 0 for a check that was made, however it went" },
  },
  args: [1, 1],
  complete: "container",
  examples: [["estiba healthcheck run web", "is it well?"]],
  async run(values, args, cli) {
    const outcome = await runHealthCheck(cli.engine(), args[0] ?? "");
    if (outcome === "healthy") return 0;
    cli.out(`${outcome}\n`);
    return values["ignore-result"] ? 0 : 1;
  },
});
