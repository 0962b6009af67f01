import { dockerFolder, readContext, writeContext } from "../../client/contexts.ts";
import { type Command, defineCommand } from "../command.ts";
import { CONTEXT_OPTIONS, endpointOf, refuseDefault } from "./endpoint.ts";

export const command: Command = defineCommand({
  name: "context update",
  summary: "Change where a context leads, or how it is described",
  usage: "[OPTIONS] NAME",
  options: CONTEXT_OPTIONS,
  args: [1, 1],
  complete: "none",
  examples: [["estiba context update --docker host=ssh://me@farther far", "the engine has moved"]],
  async run(values, [name = ""], cli) {
    await Promise.resolve();
    refuseDefault(name, "changed");
    const folder = dockerFolder(process.env);
    const before = readContext(folder, name);
    writeContext(folder, {
      ...before,
      ...(values.docker === undefined ? {} : endpointOf(values.docker)),
      description: values.description ?? before.description,
    });
    cli.out(`${name}\n`);
    cli.err(`Successfully updated context "${name}"\n`);
    return 0;
  },
});
