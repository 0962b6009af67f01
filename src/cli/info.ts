import { systemFacts } from "../engine/info.ts";
import { infoDocument, infoMethods } from "../views/info.ts";
import { type Command, defineCommand } from "./command.ts";
import { VERSION } from "./version.ts";

export const command: Command = defineCommand({
  name: "info",
  summary: "Show the host and the engine",
  usage: "[OPTIONS]",
  description:
    "What containers run on and where they are kept, as YAML; see `estiba doctor` for what is wrong with it.",
  options: {
    format: {
      kind: "string",
      short: "f",
      value: "TEMPLATE",
      help: "json, or a Go template, such as '{{.host.kernel}}'",
    },
  },
  args: [0, 0],
  examples: [
    ["estiba info", "everything"],
    ["estiba info --format '{{.host.ociRuntime.name}}'", "the runtime that containers get"],
  ],
  async run(values, _args, cli) {
    const facts = await systemFacts(cli.engine());
    const document = infoDocument(facts, VERSION);
    if (values.format === "json") cli.out(`${JSON.stringify(document, null, 2)}\n`);
    else if (values.format === undefined) cli.out(`${Bun.YAML.stringify(document, null, 2).trimEnd()}\n`);
    else {
      const { renderTemplate } = await import("../lib/go-template/render.ts");
      const { FORMAT_OPTIONS } = await import("./format-options.ts");
      const { dockerInfo } = await import("../views/docker/system.ts");
      const swarm = values.format.includes(".Swarm")
        ? await (await import("../cluster/door/swarm-state.ts")).swarmState(cli.engine())
        : {};
      const docker = dockerInfo(facts, { version: VERSION, id: "", swarm });
      const methods = { ...FORMAT_OPTIONS.methods, ...infoMethods(document, docker) };
      cli.out(`${renderTemplate(values.format, document, { ...FORMAT_OPTIONS, methods, name: "info" })}\n`);
    }
    return 0;
  },
});
