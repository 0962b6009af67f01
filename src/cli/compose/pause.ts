import { planVerb } from "../../compose/plan/plan-verbs.ts";
import { type Command, defineCommand } from "../command.ts";
import { act, chooseContainers } from "./act.ts";
import { openSession } from "./session.ts";

export const command: Command = defineCommand({
  name: "compose pause",
  summary: "Hold all processes of services",
  usage: "[SERVICE...]",
  options: {},
  args: [0, Number.POSITIVE_INFINITY],
  examples: [["estiba compose pause web", "a service stands still"]],
  async run(_values, services, cli) {
    const session = openSession(cli);
    const chosen = await chooseContainers(session, services);
    const affected = chosen.containers.filter(({ status }) => status === "running" || status === "paused");
    await act(session, chosen, planVerb("pause", affected), { title: "pause" });
    return 0;
  },
});
