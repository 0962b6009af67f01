import { join } from "../cluster/reach/frames.ts";
import { connectToPort } from "../engine/container-port.ts";
import { findContainer } from "../state/containers.ts";
import { type Command, defineCommand } from "./command.ts";
import { FORWARD_OPTIONS, forwardPorts } from "./forward/listen.ts";

export const command: Command = defineCommand({
  name: "port-forward",
  summary: "Lead ports of this machine into a container, or a task of the cluster",
  usage: "[OPTIONS] CONTAINER [LOCAL:]PORT [[LOCAL:]PORT...]",
  description:
    "TCP, until Ctrl-C. Connections arrive within the container, at its loopback address: nothing has to be\npublished, and its networks do not matter. Of :PORT the local one is any that is free.\n\nOn a manager of a cluster CONTAINER may be a task of any node, such as web.1.",
  options: FORWARD_OPTIONS,
  args: [2, Number.POSITIVE_INFINITY],
  complete: "container",
  examples: [
    ["estiba port-forward db 5432", "what listens at port 5432 in the container, at 127.0.0.1:5432"],
    ["estiba port-forward web.2 8080:80", "a task of the cluster, on whatever node it runs"],
  ],
  async run({ address }, [name = "", ...ports], cli) {
    const engine = cli.engine();
    const { id } = findContainer(engine.store, name);
    return await forwardPorts(cli, { address, ports }, async (client, port) => {
      join(client, await connectToPort(engine, id, port));
    });
  },
});
