import { askNode } from "../../cluster/door/client.ts";
import type { Service } from "../../cluster/model/service.ts";
import { randomName } from "../../engine/random-name.ts";
import { type Command, defineCommand } from "../command.ts";
import { converge } from "./converge.ts";
import { CREATE_OPTIONS } from "./create-options.ts";
import { filesOf } from "./files.ts";
import { serviceSpec } from "./spec.ts";

export const command: Command = defineCommand({
  name: "service create",
  summary: "Run containers as tasks of the cluster",
  usage: "[OPTIONS] IMAGE [COMMAND [ARG...]]",
  description:
    "Nodes pull the image where it is not there. The command waits until all tasks run and stay up, unless told\nnot to; what keeps a task from running is told meanwhile.",
  options: CREATE_OPTIONS,
  configured: true,
  args: [1, Number.POSITIVE_INFINITY],
  stopAtFirst: true,
  complete: "image",
  examples: [
    ["estiba service create --name web --replicas 3 -p 8080:80 nginx", "three web servers behind one port"],
    ["estiba service create --mode global --privileged agent", "one on each node"],
    ["estiba service create --mode replicated-job --replicas 10 batch", "ten runs to the end"],
    ["estiba service create --name web --autoscale-max 9 --autoscale-cpu 0.5 nginx", "one to nine, by their load"],
    ['estiba service create --mode scheduled --schedule "0 3 * * *" backup', "a run each night"],
  ],
  async run(values, [image = "", ...command_], cli) {
    const spec = serviceSpec(values, values.name ?? randomName(0), image, command_);
    const ask = await askNode(cli.engine());
    const files = await filesOf(ask, values, { secret: "--secret", config: "--config" });
    const { id } = await ask<Service>("POST", "/services", { spec: { ...spec, files } });
    cli.out(`${id}\n`);
    return values.detach ? 0 : await converge(cli, ask, id, { quiet: values.quiet });
  },
});
