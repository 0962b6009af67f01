import type { ObservedContainer } from "../../compose/plan/observed.ts";
import { planVerb } from "../../compose/plan/plan-verbs.ts";
import { type Command, defineCommand } from "../command.ts";
import { act, chooseContainers } from "./act.ts";
import { openSession } from "./session.ts";

export const command: Command = defineCommand({
  name: "compose restart",
  summary: "Stop the containers of services and start them again",
  usage: "[OPTIONS] [SERVICE...]",
  description: "Services that depend on them with `restart: true` are restarted, too.",
  options: {
    "no-deps": { kind: "flag", help: "Not those that depend on them" },
    timeout: {
      kind: "integer",
      short: "t",
      value: "SECONDS",
      help: "Time for containers to stop (default: their own)",
    },
  },
  args: [0, Number.POSITIVE_INFINITY],
  examples: [["estiba compose restart web", "one service, in the same container"]],
  async run(values, services, cli) {
    const session = openSession(cli);
    const asked = await chooseContainers(session, services);
    const dependents = Object.entries(asked.loaded?.project.services ?? {}).flatMap(([name, { depends_on = {} }]) =>
      services.some((service) => depends_on[service]?.restart === true) ? [name] : [],
    );
    const more = services.length === 0 || values["no-deps"] ? [] : dependents;
    const chosen = more.length === 0 ? asked : await chooseContainers(session, [...services, ...more]);
    await act(session, chosen, planVerb("restart", chosen.containers.filter(isOfNow)), {
      title: "restart",
      timeoutSeconds: values.timeout,
    });
    return 0;
  },
});

// What waits for its time goes on waiting.
function isOfNow({ schedule, status }: ObservedContainer): boolean {
  return schedule === undefined || (status !== "created" && status !== "exited");
}
