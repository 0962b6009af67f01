import { fileDocument } from "../../cluster/views/file.ts";
import { revealSecret } from "../../engine/secret/list.ts";
import { findSecret } from "../../state/secrets.ts";
import { secretDocument, secretText } from "../../views/secret.ts";
import { type Command, defineCommand } from "../command.ts";
import { badOption } from "../container/bad-option.ts";
import type { Cli } from "../context.ts";
import { exitCodeOf, formatError } from "../exit.ts";
import { printDocuments } from "../inspect.ts";
import { printEach } from "../print-each.ts";
import { clusterFiles, isOfCluster, LOCAL_OPTION } from "./cluster.ts";

// Podman's, which is another one than of its other kinds.
const INDENT = 4;

export const command: Command = defineCommand({
  name: "secret inspect",
  summary: "Show what is known of secrets, as JSON",
  usage: "[OPTIONS] SECRET [SECRET...]",
  description: "What a secret says is shown with --showsecret only.",
  options: {
    format: { kind: "string", short: "f", value: "TEMPLATE", help: "json, or a Go template, such as '{{.ID}}'" },
    ...LOCAL_OPTION,
    pretty: { kind: "flag", help: "For people instead of JSON" },
    showsecret: { kind: "flag", help: "With the secret itself" },
  },
  args: [1, Number.POSITIVE_INFINITY],
  complete: "secret",
  examples: [
    ["estiba secret inspect db-password", "when it was made, its labels"],
    ["estiba secret inspect --showsecret --format '{{.SecretData}}' db-password", "what it says"],
  ],
  async run(values, args, cli) {
    const engine = cli.engine();
    if (isOfCluster(engine, values)) return await inspectOfCluster(cli, args, values);
    const found = [];
    let code = 0;
    for (const name of args) {
      try {
        const secret = findSecret(engine.store, name);
        found.push({ secret, data: values.showsecret ? revealSecret(engine, name).toString("utf8") : undefined });
      } catch (error) {
        cli.err(formatError(error).replace(/^Error: /, "Error: inspecting secret: "));
        code = exitCodeOf(error);
      }
    }
    if (values.pretty && values.format === undefined)
      cli.out(found.map(({ secret, data }) => secretText(secret, data)).join(""));
    else {
      const documents = found.map(({ secret, data }) => secretDocument(secret, engine.paths.secrets, data));
      await printDocuments(cli, documents, values.format, INDENT);
    }
    return code;
  },
});

type Showing = { readonly format: string | undefined; readonly pretty: boolean; readonly showsecret: boolean };

async function inspectOfCluster(
  cli: Cli,
  names: readonly string[],
  { format, pretty, showsecret }: Showing,
): Promise<number> {
  if (showsecret)
    throw badOption("--showsecret", "true", "possible", "what a secret of the cluster says is told to its tasks only");
  if (pretty) throw badOption("--pretty", "true", "of use for secrets of the cluster", "use --format");
  const files = clusterFiles(cli.engine(), "secret");
  return await printEach(cli, names, format, async (name) => fileDocument(await files.find(name)));
}
