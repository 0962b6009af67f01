import { EstibaError } from "../../lib/error.ts";
import { type Command, defineCommand } from "../command.ts";
import { containersOf, type ProjectContainer } from "./containers.ts";
import { runOther } from "./run-other.ts";
import { openSession } from "./session.ts";

export const command: Command = defineCommand({
  name: "compose cp",
  summary: "Copy files and folders between services and the host",
  usage: "[OPTIONS] [SERVICE:]SOURCE|- [SERVICE:]TARGET|-",
  description:
    "Into a service, every container of it gets the files, unless --index names one; out of it, the first one gives them.",
  options: {
    all: { kind: "flag", help: "One-offs of the service, too" },
    archive: { kind: "flag", short: "a", help: "Keep user and group ids" },
    "follow-link": { kind: "flag", short: "L", help: "Follow a link that SOURCE names" },
    index: { kind: "integer", value: "N", help: "Number of the container, where there are several" },
  },
  args: [2, 2],
  examples: [
    ["estiba compose cp web:/etc/hosts .", "from the first container"],
    ["estiba compose cp ./site/. web:/srv", "into all of them"],
  ],
  async run(values, [from = "", to = ""], cli) {
    const session = openSession(cli);
    const { naming } = await session.loadIfThere();
    const [source, target] = [serviceOf(from), serviceOf(to)];
    const service = source ?? target;
    if (service === undefined) throw unclear("unknown copy direction: neither side names a service");
    if (source !== undefined && target !== undefined) throw unclear("copying between services is not supported");
    const chosen = containersOf(session, naming.project).filter(
      (container) =>
        container.service === service &&
        !container.helper &&
        (values.all || !container.oneOff) &&
        (values.index === undefined || container.number === values.index),
    );
    if (chosen.length === 0) throw noContainer(service);
    const { command: copy } = await import("../cp.ts");
    const options = [`--archive=${!values.archive}`, `--follow-link=${values["follow-link"]}`];
    for (const { record } of source === undefined ? chosen : chosen.slice(0, 1)) {
      const inside = (text: string, named: string | undefined): string =>
        named === undefined ? text : `${record.id}${text.slice(named.length)}`;
      await runOther(cli, copy, [...options, inside(from, source), inside(to, target)]);
    }
    return 0;
  },
});

function serviceOf(text: string): ProjectContainer["service"] | undefined {
  const colon = text.indexOf(":");
  return colon > 0 && !/^[/.]/.test(text) ? text.slice(0, colon) : undefined;
}

function unclear(what: string): EstibaError {
  return new EstibaError("invalid", {
    reason: "compose.copy_direction",
    what,
    fix: "for example: estiba compose cp web:/etc/hosts .",
  });
}

function noContainer(service: string): EstibaError {
  return new EstibaError("not_found", {
    reason: "compose.no_container",
    what: `no container found for service "${service}"`,
    fix: `make one: estiba compose up -d ${service}`,
  });
}
