import { revealSecret } from "../../engine/secret/list.ts";
import { findSecret } from "../../state/secrets.ts";
import { secretDocument, secretText } from "../../views/secret.ts";
import { type Command, defineCommand } from "../command.ts";
import { exitCodeOf, formatError } from "../exit.ts";
import { printDocuments } from "../inspect.ts";

// Podman's, which is another one than of its other kinds.
const INDENT = 4;

export const command: Command = defineCommand({
  name: "secret inspect",
  summary: "Show what is known of secrets, as JSON",
  usage: "[OPTIONS] SECRET [SECRET...]",
  description: "What a secret says is shown with --showsecret only.",
  options: {
    format: { kind: "string", short: "f", value: "TEMPLATE", help: "json, or a Go template, such as '{{.ID}}'" },
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
