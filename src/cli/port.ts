import { type ContainerSummary, summarizeContainers } from "../engine/list.ts";
import { podShares } from "../engine/pod/list.ts";
import { hasProcess } from "../engine/status.ts";
import { EstibaError } from "../lib/error.ts";
import { findContainer } from "../state/containers.ts";
import type { PortMapping } from "../state/spec/network.ts";
import { type PublishedPort, publishedPorts } from "../views/port.ts";
import { type Command, defineCommand } from "./command.ts";
import { badOption } from "./container/bad-option.ts";
import { SELECT_OPTIONS, selectContainers } from "./container/select.ts";
import type { Cli } from "./context.ts";

const ID_WIDTH = 12;

export const command: Command = defineCommand({
  name: "port",
  summary: "Show which ports of a container are published, and where",
  usage: "[OPTIONS] CONTAINER [PORT[/PROTOCOL]]",
  options: { all: SELECT_OPTIONS.all, latest: SELECT_OPTIONS.latest },
  args: [0, 2],
  complete: "container",
  examples: [
    ["estiba port web", "all of them"],
    ["estiba port web 80/tcp", "where port 80 is to be reached"],
  ],
  async run(values, args, cli) {
    const [container, port] = values.latest || values.all ? [undefined, args[0]] : args;
    if (args.length > (values.latest ? 1 : values.all ? 0 : 2)) throw tooMany(values.all);
    const names = selectContainers(cli, container === undefined ? [] : [container], values);
    const summaries = summariesOf(cli, names);
    const shares = podShares(cli.engine(), summaries);
    const shown = summaries.map((listed) => ({
      id: listed.record.id,
      ports: portsNow(listed, shares.get(listed.record.id)?.ports),
    }));
    if (port !== undefined) {
      cli.out(wanted(shown[0]?.ports ?? [], port));
      return 0;
    }
    for (const { id, ports } of shown) {
      const prefix = values.all ? `${id.slice(0, ID_WIDTH)}\t` : "";
      cli.out(ports.map((published) => `${prefix}${published.container} -> ${published.host}\n`).join(""));
    }
    return 0;
  },
});

function summariesOf(cli: Cli, names: readonly string[]): ContainerSummary[] {
  const { store } = cli.engine();
  const ids = names.map((name) => findContainer(store, name).id);
  return summarizeContainers(cli.engine()).filter(({ record }) => ids.includes(record.id));
}

// Only of one that runs: another has none, whatever it is to get.
function portsNow(listed: ContainerSummary, ofPod: readonly PortMapping[] = []): PublishedPort[] {
  return hasProcess(listed) ? publishedPorts([...(listed.state?.ports ?? []), ...ofPod]) : [];
}

function wanted(ports: readonly PublishedPort[], port: string): string {
  if (!/^\d+(\/(tcp|udp|sctp))?$/.test(port)) throw badOption("PORT", port, "a port, such as 80 or 53/udp");
  const name = port.includes("/") ? port : `${port}/tcp`;
  const found = ports.filter(({ container }) => container === name);
  if (found.length > 0) return found.map(({ host }) => `${host}\n`).join("");
  throw new EstibaError("not_found", {
    reason: "container.port_not_published",
    what: `failed to find published port "${port}"`,
    fix: ports.length === 0 ? "publish it with --publish when the container is made" : "see: estiba port CONTAINER",
  });
}

function tooMany(all: boolean): EstibaError {
  return new EstibaError("invalid", {
    reason: "cli.selection",
    what: all ? "no arguments are needed with --all" : "only a port can be given with --latest",
  });
}
