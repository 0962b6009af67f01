import { planVerb, withPods } from "../../compose/plan/plan-verbs.ts";
import { type Command, defineCommand } from "../command.ts";
import { act, chooseContainers } from "./act.ts";
import { openSession } from "./session.ts";
import { wasStarted } from "./stop-project.ts";

export const command: Command = defineCommand({
  name: "compose stop",
  summary: "Stop the containers of services",
  usage: "[OPTIONS] [SERVICE...]",
  options: {
    timeout: {
      kind: "integer",
      short: "t",
      value: "SECONDS",
      help: "Time for containers to stop (default: their own)",
    },
  },
  frees: true,
  args: [0, Number.POSITIVE_INFINITY],
  examples: [["estiba compose stop web", "one service; it can be started again"]],
  async run(values, services, cli) {
    const session = openSession(cli);
    const chosen = await chooseContainers(session, services);
    const steps = withPods(chosen.observed, planVerb("stop", chosen.containers.filter(wasStarted)));
    await act(session, chosen, steps, { title: "stop", timeoutSeconds: values.timeout });
    return 0;
  },
});
