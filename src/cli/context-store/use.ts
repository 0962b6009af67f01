import { DEFAULT_CONTEXT, dockerFolder, readContext } from "../../client/contexts.ts";
import { type Command, defineCommand } from "../command.ts";
import { setCurrentContext } from "./current.ts";

export const command: Command = defineCommand({
  name: "context use",
  summary: "Have commands go to the engine of a context from now on",
  usage: "NAME",
  description:
    "`estiba context use default` is this machine again. DOCKER_HOST goes before it, and --context before both.",
  options: {},
  args: [1, 1],
  complete: "none",
  examples: [["estiba context use far", "then: estiba ps"]],
  async run(_values, [name = ""], cli) {
    await Promise.resolve();
    if (name !== DEFAULT_CONTEXT) readContext(dockerFolder(process.env), name);
    setCurrentContext(name);
    cli.out(`${name}\n`);
    cli.err(`Current context is now "${name}"\n`);
    const variable = ["DOCKER_HOST", "CONTAINER_HOST", "DOCKER_CONTEXT"].find((key) => (process.env[key] ?? "") !== "");
    if (variable !== undefined) cli.warn(`${variable} goes before it: unset ${variable} to use the context`);
    return 0;
  },
});
