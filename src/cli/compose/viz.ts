import { vizOf } from "../../compose/viz.ts";
import { type Command, defineCommand } from "../command.ts";
import { badOption } from "../container/bad-option.ts";
import { openSession } from "./session.ts";

export const command: Command = defineCommand({
  name: "compose alpha viz",
  summary: "Print a project's services as a graph for Graphviz",
  usage: "[OPTIONS]",
  description:
    "An arrow leads from each service to what it depends on. `estiba compose map` draws more, without Graphviz.",
  options: {
    image: { kind: "flag", help: "With the image of each service" },
    "indentation-size": { kind: "integer", value: "N", help: "Tabs or spaces to indent by (default 1)" },
    networks: { kind: "flag", help: "With the networks of each service" },
    ports: { kind: "flag", help: "With the ports of each service" },
    spaces: { kind: "flag", help: "Indent by spaces instead of tabs" },
  },
  args: [0, 0],
  complete: "none",
  examples: [["estiba compose alpha viz --networks | dot -Tsvg > shop.svg", "a picture"]],
  async run(values, _args, cli) {
    const { image, networks, ports, spaces, "indentation-size": size = 1 } = values;
    if (size < 0) throw badOption("--indentation-size", String(size), "0 or more", "leave it out for 1");
    const { project } = await openSession(cli).load();
    cli.err("viz command is EXPERIMENTAL\n");
    cli.out(`${vizOf(project, { image, networks, ports, indent: (spaces ? " " : "\t").repeat(size) })}\n`);
    return 0;
  },
});
