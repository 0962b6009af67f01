import { planVerb } from "../../compose/plan/plan-verbs.ts";
import { type Command, defineCommand } from "../command.ts";
import { act, chooseContainers } from "./act.ts";
import { openSession } from "./session.ts";

export const command: Command = defineCommand({
  name: "compose unpause",
  summary: "Let paused services go on",
  usage: "[SERVICE...]",
  options: {},
  args: [0, Number.POSITIVE_INFINITY],
  examples: [["estiba compose unpause web", "a service goes on"]],
  async run(_values, services, cli) {
    const session = openSession(cli);
    const chosen = await chooseContainers(session, services);
    const affected = chosen.containers.filter(({ status }) => status === "paused");
    await act(session, chosen, planVerb("unpause", affected), { title: "unpause" });
    return 0;
  },
});
