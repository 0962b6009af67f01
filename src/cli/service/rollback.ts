import { askNode } from "../../cluster/door/client.ts";
import type { Service } from "../../cluster/model/service.ts";
import { type Command, defineCommand } from "../command.ts";
import { converge } from "./converge.ts";
import { WAIT_OPTIONS } from "./options.ts";

export const command: Command = defineCommand({
  name: "service rollback",
  summary: "Give a service the spec back that it had before its last change",
  usage: "[OPTIONS] SERVICE",
  options: WAIT_OPTIONS,
  args: [1, 1],
  examples: [["estiba service rollback web", "what was changed last is undone"]],
  async run(values, [name = ""], cli) {
    const ask = await askNode(cli.engine());
    const { id } = await ask<Service>("POST", `/services/${encodeURIComponent(name)}/rollback`);
    cli.out(`${name}\n`);
    return values.detach ? 0 : await converge(cli, ask, id, { quiet: values.quiet, isRollback: true });
  },
});
