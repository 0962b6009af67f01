import { planRemove, planVerb, withPods } from "../../compose/plan/plan-verbs.ts";
import { type Command, defineCommand } from "../command.ts";
import { confirm } from "../confirm.ts";
import { act, chooseContainers } from "./act.ts";
import { openSession } from "./session.ts";
import { hasProcess } from "./stop-project.ts";

export const command: Command = defineCommand({
  name: "compose rm",
  summary: "Remove containers of services that do not run",
  usage: "[OPTIONS] [SERVICE...]",
  options: {
    force: { kind: "flag", short: "f", help: "Do not ask" },
    stop: { kind: "flag", short: "s", help: "Stop those that run first" },
    volumes: { kind: "flag", short: "v", help: "Remove their anonymous volumes, too" },
  },
  frees: true,
  args: [0, Number.POSITIVE_INFINITY],
  examples: [["estiba compose rm -sf web", "a service's containers, running or not"]],
  async run(values, services, cli) {
    const session = openSession(cli);
    const before = await chooseContainers(session, services);
    if (values.stop)
      await act(session, before, withPods(before.observed, planVerb("stop", before.containers.filter(hasProcess))), {
        title: "stop",
      });
    const chosen = await chooseContainers(session, services);
    const ended = chosen.containers.filter((container) => !hasProcess(container));
    if (ended.length === 0) {
      cli.err("No stopped containers\n");
      return 0;
    }
    const names = ended.map(({ name }) => name).join(", ");
    if (!values.force && !(await confirm(`Going to remove ${names}. Are you sure?`))) return 0;
    await act(session, chosen, planRemove(ended, values.volumes), { title: "rm" });
    return 0;
  },
});
