import { inspectNetwork, type NetworkDetails } from "../../engine/network/list.ts";
import { networkInspectDocument, networkTemplateFields } from "../../views/network.ts";
import { type Command, defineCommand } from "../command.ts";
import { exitCodeOf, formatError } from "../exit.ts";
import { isTemplate, printDocuments } from "../inspect.ts";

export const command: Command = defineCommand({
  name: "network inspect",
  summary: "Show everything about networks, as JSON",
  usage: "[OPTIONS] NETWORK [NETWORK...]",
  options: {
    format: { kind: "string", short: "f", value: "TEMPLATE", help: "json, or a Go template, such as '{{.Subnets}}'" },
    verbose: { kind: "flag", short: "v", help: "As without it (Docker's)", hidden: true },
    scope: { kind: "string", value: "SCOPE", choices: ["local", "swarm"], help: "Reach: by the name", hidden: true },
  },
  args: [1, Number.POSITIVE_INFINITY],
  complete: "network",
  examples: [["estiba network inspect --format '{{range .Subnets}}{{.Subnet}}{{end}}' web", "its addresses"]],
  async run(values, args, cli) {
    const engine = cli.engine();
    const found: NetworkDetails[] = [];
    let code = 0;
    for (const name of args) {
      try {
        const { findClusterNetwork, inspectClusterNetwork } = await import("../../cluster/door/networks.ts");
        const ofCluster = await findClusterNetwork(engine, name);
        if (ofCluster === undefined) found.push(inspectNetwork(engine, name));
        else found.push(inspectClusterNetwork(engine, ofCluster));
      } catch (error) {
        cli.err(formatError(error));
        code = exitCodeOf(error);
      }
    }
    await printDocuments(
      cli,
      found.map(isTemplate(values.format) ? networkTemplateFields : networkInspectDocument),
      values.format,
    );
    return code;
  },
});
