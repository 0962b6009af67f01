import { type Command, defineCommand } from "../command.ts";
import { checkBuilder, ownBuilder } from "./builder.ts";

export const command: Command = defineCommand({
  name: "buildx inspect",
  summary: "Show the builder that is built in",
  usage: "[OPTIONS] [NAME]",
  options: { bootstrap: { kind: "flag", help: "It always runs", hidden: true } },
  args: [0, 1],
  complete: "none",
  examples: [["estiba buildx inspect", "its platforms, among others"]],
  run(_values, [name], cli) {
    const { Name, Driver, Endpoint, Status, Buildkit, Platforms } = ownBuilder();
    checkBuilder(name ?? Name);
    const node = `Nodes:\nName:             ${Name}\nEndpoint:         ${Endpoint}\nStatus:           ${Status}\n`;
    const versions = `BuildKit version: ${Buildkit}\nPlatforms:        ${Platforms}\n`;
    cli.out(`Name:   ${Name}\nDriver: ${Driver}\n\n${node}${versions}`);
    return Promise.resolve(0);
  },
});
