import { type Context, contextFolders, DEFAULT_CONTEXT, dockerFolder, readContext } from "../../client/contexts.ts";
import { type Command, defineCommand } from "../command.ts";
import { printDocuments } from "../inspect.ts";
import { currentContext } from "./current.ts";

export const command: Command = defineCommand({
  name: "context inspect",
  summary: "Show everything about contexts, as JSON",
  usage: "[OPTIONS] [NAME...]",
  description: "Without a name, of the one in use. Certificates are named, not shown.",
  options: {
    format: {
      kind: "string",
      short: "f",
      value: "TEMPLATE",
      help: "A Go template, such as '{{.Endpoints.docker.Host}}'",
    },
  },
  args: [0, Number.POSITIVE_INFINITY],
  complete: "none",
  examples: [["estiba context inspect -f '{{.Endpoints.docker.Host}}' far", "where it leads"]],
  async run({ format }, args, cli) {
    const folder = dockerFolder(process.env);
    const names = args.length === 0 ? [currentContext()] : args;
    const documents = names.map((name) =>
      documentOf(folder, name === DEFAULT_CONTEXT ? HERE : readContext(folder, name)),
    );
    await printDocuments(cli, documents, format, 4);
    return 0;
  },
});

const HERE: Context = { name: DEFAULT_CONTEXT, description: "", host: "", skipTlsVerify: false, tls: {} };

function documentOf(folder: string, { name, description, host, skipTlsVerify, tls }: Context): object {
  const folders = name === DEFAULT_CONTEXT ? { meta: "<IN MEMORY>", tls: "<IN MEMORY>" } : contextFolders(folder, name);
  const files = Object.keys(tls);
  return {
    Name: name,
    Metadata: description === "" ? {} : { Description: description },
    Endpoints: { docker: { Host: host, SkipTLSVerify: skipTlsVerify } },
    TLSMaterial: files.length === 0 ? {} : { docker: files },
    Storage: { MetadataPath: folders.meta, TLSPath: folders.tls },
  };
}
