import { planStart } from "../../compose/plan/plan-verbs.ts";
import { EstibaError } from "../../lib/error.ts";
import { type Command, defineCommand } from "../command.ts";
import { act, chooseContainers } from "./act.ts";
import { openSession } from "./session.ts";
import { waitUntilReady } from "./wait-ready.ts";

export const command: Command = defineCommand({
  name: "compose start",
  summary: "Start the containers of services, and of what they depend on",
  usage: "[OPTIONS] [SERVICE...]",
  options: {
    wait: { kind: "flag", help: "Wait until services run, or are healthy" },
    "wait-timeout": { kind: "integer", value: "SECONDS", help: "Longest time of --wait" },
  },
  args: [0, Number.POSITIVE_INFINITY],
  examples: [["estiba compose start", "what was created or stopped"]],
  async run(values, services, cli) {
    const session = openSession(cli);
    const loaded = await session.load({ services });
    const chosen = await chooseContainers(session, Object.keys(loaded.project.services));
    for (const service of services) {
      if (!chosen.containers.some((container) => container.service === service)) throw nothingToStart(service);
    }
    await act(session, chosen, planStart(loaded.project, chosen.containers), { title: "start" });
    if (values.wait) await waitUntilReady(session, loaded, values["wait-timeout"]);
    return 0;
  },
});

function nothingToStart(service: string): EstibaError {
  return new EstibaError("not_found", {
    reason: "compose.no_container",
    what: `service "${service}" has no container to start`,
    fix: `make one: estiba compose up -d ${service}`,
  });
}
