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
    format: {
      kind: "string",
      short: "f",
      value: "TEMPLATE",
      help: "json, or a Go template, such as '{{.Client.Version}}'",
    },
  },
  args: [0, 0],
  examples: [["estiba version", "versions as a list"]],
  async run(values, _args, cli) {
    const { versionDocument, versionMethods } = await import("../views/info.ts");
    const { architecture } = (await import("../oci/platform.ts")).hostPlatform();
    const facts = versionDocument(VERSION, architecture);
    if (values.format === "json") cli.out(`${JSON.stringify({ Client: facts }, null, 2)}\n`);
    else if (values.format === undefined)
      cli.out(
        `Client:       Estiba\nVersion:      ${VERSION}\nBun Version:  ${Bun.version}\nOS/Arch:      ${String(facts["OsArch"])}\n`,
      );
    else {
      const { renderTemplate } = await import("../lib/go-template/render.ts");
      const { FORMAT_OPTIONS } = await import("./format-options.ts");
      const methods = { ...FORMAT_OPTIONS.methods, ...versionMethods(facts, architecture) };
      cli.out(`${renderTemplate(values.format, { Client: facts }, { ...FORMAT_OPTIONS, methods, name: "version" })}\n`);
    }
    return 0;
  },
});
