import { podShares } from "../../engine/pod/list.ts";
import { EstibaError } from "../../lib/error.ts";
import { publishedPorts } from "../../views/port.ts";
import { type Command, defineCommand } from "../command.ts";
import { pickContainer } from "./pick.ts";
import { openSession } from "./session.ts";

export const command: Command = defineCommand({
  name: "compose port",
  summary: "Show where a port of a service is published",
  usage: "[OPTIONS] SERVICE PORT",
  options: {
    index: { kind: "integer", value: "N", help: "Number of the container, where there are several" },
    protocol: { kind: "string", value: "PROTOCOL", choices: ["tcp", "udp", "sctp"], help: "Protocol (default tcp)" },
  },
  args: [2, 2],
  examples: [["estiba compose port web 80", "for example 0.0.0.0:8080"]],
  async run(values, [service = "", port = ""], cli) {
    const picked = await pickContainer(openSession(cli), { service, index: values.index, running: true });
    const wanted = `${port}/${values.protocol ?? "tcp"}`;
    const ofPod = podShares(cli.engine(), [picked]).get(picked.record.id)?.ports;
    const found = publishedPorts(ofPod ?? picked.state?.ports ?? []).find(({ container }) => container === wanted);
    if (found === undefined) {
      throw new EstibaError("not_found", {
        reason: "compose.no_port",
        what: `no port ${wanted} for container ${picked.record.name}`,
        fix: `see: estiba compose ps ${service}`,
      });
    }
    cli.out(`${found.host}\n`);
    return 0;
  },
});
