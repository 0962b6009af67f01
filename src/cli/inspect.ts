import { inspectContainerFacts } from "../engine/inspect.ts";
import { isEstibaError } from "../lib/error.ts";
import { inspectContainer } from "../views/container-inspect.ts";
import { type Command, defineCommand } from "./command.ts";
import type { Cli } from "./context.ts";
import { exitCodeOf, formatError } from "./exit.ts";

export const command: Command = defineCommand({
  name: "inspect",
  summary: "Show everything about containers and images, as JSON",
  usage: "[OPTIONS] NAME [NAME...]",
  options: {
    format: { kind: "string", short: "f", value: "TEMPLATE", help: "json, or a Go template, such as '{{.State.Pid}}'" },
    type: {
      kind: "string",
      short: "t",
      value: "TYPE",
      help: "What the names name (default all)",
      choices: ["all", "container", "image"],
    },
  },
  args: [1, Number.POSITIVE_INFINITY],
  complete: "container",
  examples: [
    ["estiba inspect web", "the whole document"],
    ["estiba inspect --format '{{.NetworkSettings.IPAddress}}' web", "one value of it"],
  ],
  async run(values, args, cli) {
    return await inspectEach(cli, args, { format: values.format, kind: values.type ?? "all" });
  },
});

type InspectRequest = { readonly format: string | undefined; readonly kind: string };

/** Prints the documents of all names that are known; the others are told on stderr, and make the exit code 125. */
export async function inspectEach(cli: Cli, names: readonly string[], request: InspectRequest): Promise<number> {
  const documents: object[] = [];
  let code = 0;
  for (const name of names) {
    try {
      documents.push(await documentOf(cli, name, request.kind));
    } catch (error) {
      cli.err(formatError(error));
      code = exitCodeOf(error);
    }
  }
  if (request.format === undefined || request.format === "json") cli.out(`${JSON.stringify(documents, null, 5)}\n`);
  else {
    const { renderTemplate } = await import("../lib/go-template/render.ts");
    const { FORMAT_OPTIONS } = await import("./format-options.ts");
    for (const document of documents) cli.out(`${renderTemplate(request.format, document, FORMAT_OPTIONS)}\n`);
  }
  return code;
}

async function documentOf(cli: Cli, name: string, kind: string): Promise<object> {
  const engine = cli.engine();
  if (kind === "image") return await imageDocument(cli, name);
  try {
    const { listed, ...facts } = inspectContainerFacts(engine, name);
    return inspectContainer(listed, facts);
  } catch (error) {
    if (kind === "container" || !isEstibaError(error, "not_found")) throw error;
    try {
      return await imageDocument(cli, name);
    } catch (imageError) {
      // Neither: the container's error has the better suggestion when nothing of that name is known.
      throw isEstibaError(imageError, "not_found", "invalid") ? error : imageError;
    }
  }
}

async function imageDocument(cli: Cli, name: string): Promise<Record<string, unknown>> {
  const { inspectImage, layerFolders, manifestTypeOf } = await import("../engine/inspect-image.ts");
  const { imageInspectJson } = await import("../views/image.ts");
  const engine = cli.engine();
  const details = inspectImage(engine, name);
  return imageInspectJson(details, layerFolders(engine, details.image), await manifestTypeOf(engine, details.image));
}
