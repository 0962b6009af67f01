import { orphansOf } from "../../compose/plan/orphans.ts";
import { planVerb, withPods } from "../../compose/plan/plan-verbs.ts";
import { type Command, defineCommand } from "../command.ts";
import { act, chooseContainers } from "./act.ts";
import { openSession } from "./session.ts";
import { hasProcess } from "./stop-project.ts";

export const command: Command = defineCommand({
  name: "compose kill",
  summary: "Send a signal to the containers of services",
  usage: "[OPTIONS] [SERVICE...]",
  options: {
    "remove-orphans": { kind: "flag", help: "Containers of services that the files do not have, too" },
    signal: { kind: "string", short: "s", value: "SIGNAL", help: "The signal (default SIGKILL)", complete: "signal" },
  },
  frees: true,
  args: [0, Number.POSITIVE_INFINITY],
  examples: [["estiba compose kill -s HUP web", "a service reads its files again"]],
  async run(values, services, cli) {
    const session = openSession(cli);
    const chosen = await chooseContainers(session, services);
    const all = chosen.observed.containers;
    const orphans = values["remove-orphans"] ? orphansOf(all, chosen.loaded?.declaredServices ?? []) : [];
    const running = [...chosen.containers, ...orphans].filter(hasProcess);
    if (running.length === 0) cli.err("no container to kill\n");
    await act(session, chosen, withPods(chosen.observed, planVerb("kill", running)), {
      title: "kill",
      killSignal: values.signal,
    });
    return 0;
  },
});
