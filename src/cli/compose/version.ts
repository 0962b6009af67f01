import { type Command, defineCommand } from "../command.ts";

export const command: Command = defineCommand({
  name: "compose version",
  summary: "Show the version of Compose",
  usage: "[OPTIONS]",
  options: {
    format: { kind: "string", short: "f", value: "FORMAT", choices: ["pretty", "json"], help: "How to print" },
    short: { kind: "flag", help: "The number only" },
  },
  args: [0, 0],
  examples: [["estiba compose version --short", "the version of Docker Compose that this one works like"]],
  async run(values, _args, cli) {
    const { COMPOSE_VERSION } = await import("../../compose/plan/names.ts");
    const { VERSION } = await import("../version.ts");
    if (values.short) cli.out(`${COMPOSE_VERSION}\n`);
    else if (values.format === "json") cli.out(`${JSON.stringify({ version: `v${COMPOSE_VERSION}` })}\n`);
    else cli.out(`Docker Compose version v${COMPOSE_VERSION} (Estiba ${VERSION})\n`);
    return 0;
  },
});
