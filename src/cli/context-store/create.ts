import { dockerFolder, readContext, writeContext } from "../../client/contexts.ts";
import { EstibaError } from "../../lib/error.ts";
import { type Command, defineCommand } from "../command.ts";
import { CONTEXT_OPTIONS, checkNewName, endpointOf } from "./endpoint.ts";

export const command: Command = defineCommand({
  name: "context create",
  summary: "Remember where an engine is by a name",
  usage: "[OPTIONS] NAME",
  description:
    "Contexts are Docker's: they lie below its folder of configuration, and its own command knows them.\nWithout --docker it leads where DOCKER_HOST says.",
  options: {
    ...CONTEXT_OPTIONS,
    from: { kind: "string", value: "NAME", help: "Lead where this context does" },
  },
  args: [1, 1],
  complete: "none",
  examples: [
    ["estiba context create --docker host=ssh://me@far far", "over ssh, as whoever may log in there"],
    ["estiba context create --docker host=tcp://far:2376,ca=ca.pem far", "over TLS"],
  ],
  async run(values, [name = ""], cli) {
    await Promise.resolve();
    const folder = dockerFolder(process.env);
    checkNewName(folder, name);
    const host = process.env["DOCKER_HOST"] ?? "";
    const source =
      values.from === undefined
        ? endpointOf(values.docker ?? (host === "" ? missing() : `host=${host}`))
        : readContext(folder, values.from);
    writeContext(folder, { ...source, name, description: values.description ?? "" });
    cli.out(`${name}\n`);
    cli.err(`Successfully created context "${name}"\n`);
    return 0;
  },
});

function missing(): never {
  throw new EstibaError("invalid", {
    reason: "cli.context_nowhere",
    what: "nothing says where the context leads",
    fix: "add --docker host=ADDRESS, for example host=ssh://user@host",
  });
}
