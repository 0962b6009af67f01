import { type Command, defineCommand } from "../command.ts";
import { FILES_OPTIONS, loadStack } from "./files.ts";

export const command: Command = defineCommand({
  name: "stack config",
  summary: "Print what the Compose files of a stack mean",
  usage: "[OPTIONS]",
  options: {
    ...FILES_OPTIONS,
    "skip-interpolation": { kind: "refused", help: "estiba compose config --no-interpolate prints that" },
  },
  args: [0, 0],
  examples: [["estiba stack config -c compose.yaml -c prod.yaml", "one file in canonical form"]],
  async run(values, _args, cli) {
    const { project } = await loadStack(cli, values, undefined);
    const { projectAsYaml } = await import("../../compose/print/print.ts");
    cli.out(projectAsYaml(project, { escape: true }));
    return 0;
  },
});
