import { type Command, defineCommand } from "./command.ts";

declare const ESTIBA_VERSION: string | undefined;

/** The version that the build wrote into the binary, or "dev" when run from the sources. */
export const VERSION: string = typeof ESTIBA_VERSION === "string" ? ESTIBA_VERSION : "dev";

/** The one line of `estiba --version`. */
export function versionLine(): string {
  return `estiba version ${VERSION}`;
}

export const command: Command = defineCommand({
  name: "version",
  summary: "Show the version of Estiba and of what it runs on",
  usage: "[OPTIONS]",
  options: {
    format: { kind: "string", short: "f", value: "json", help: "Print as JSON", choices: ["json"] },
  },
  args: [0, 0],
  examples: [["estiba version", "versions as a list"]],
  async run(values, _args, cli) {
    const facts = {
      Version: VERSION,
      BunVersion: Bun.version,
      OsArch: `${process.platform}/${process.arch === "x64" ? "amd64" : process.arch}`,
    };
    if (values.format === "json") cli.out(`${JSON.stringify({ Client: facts }, null, 2)}\n`);
    else
      cli.out(
        `Client:       Estiba\nVersion:      ${facts.Version}\nBun Version:  ${facts.BunVersion}\nOS/Arch:      ${facts.OsArch}\n`,
      );
    return 0;
  },
});
