import { inspectContainerFacts } from "../engine/inspect.ts";
import { EstibaError, isEstibaError } from "../lib/error.ts";
import { inspectContainer } from "../views/container-inspect.ts";
import { type Command, defineCommand } from "./command.ts";
import { selectContainers } from "./container/select.ts";
import type { Cli } from "./context.ts";
import { exitCodeOf, formatError } from "./exit.ts";

/** The options of `inspect` and `container inspect`. */
export const INSPECT_OPTIONS = {
  format: { kind: "string", short: "f", value: "TEMPLATE", help: "json, or a Go template, such as '{{.State.Pid}}'" },
  latest: { kind: "flag", short: "l", help: "The container created last" },
  size: { kind: "flag", short: "s", help: "Count the bytes of a container's files, too" },
} as const;

const KINDS = ["container", "image", "volume", "network", "pod"] as const;
type Kind = (typeof KINDS)[number];

export const command: Command = defineCommand({
  name: "inspect",
  summary: "Show everything about containers, images, volumes and networks, as JSON",
  usage: "[OPTIONS] NAME [NAME...]",
  options: {
    ...INSPECT_OPTIONS,
    type: {
      kind: "string",
      short: "t",
      value: "TYPE",
      help: "What the names name (default all)",
      choices: ["all", ...KINDS],
    },
  },
  args: [0, Number.POSITIVE_INFINITY],
  complete: "container",
  examples: [
    ["estiba inspect web", "the whole document"],
    ["estiba inspect --format '{{.NetworkSettings.IPAddress}}' web", "one value of it"],
  ],
  async run({ format, latest, size, type = "all" }, args, cli) {
    const names = latest || args.length === 0 ? selectContainers(cli, args, { latest }) : args;
    const kinds = latest ? (["container"] as const) : KINDS.filter((kind) => type === "all" || type === kind);
    return await inspectEach(cli, names, { format, size, kinds });
  },
});

type InspectRequest = { readonly format: string | undefined; readonly size: boolean; readonly kinds: readonly Kind[] };
type Asked = { readonly name: string; readonly size: boolean; readonly template: boolean };

/** Prints the documents of all names that are known; the others are told on stderr, and make the exit code 125. */
export async function inspectEach(cli: Cli, names: readonly string[], request: InspectRequest): Promise<number> {
  const documents: object[] = [];
  let code = 0;
  for (const name of names) {
    try {
      documents.push(await documentAnywhere(cli, name, request));
    } catch (error) {
      cli.err(formatError(error).replace(/^Error: /, "Error: inspecting object: "));
      code = exitCodeOf(error);
    }
  }
  await printDocuments(cli, documents, request.format);
  return code;
}

/** A document of this machine's, else of a task of the cluster. */
async function documentAnywhere(cli: Cli, name: string, request: InspectRequest): Promise<object> {
  try {
    return await documentOf(cli, name, request);
  } catch (error) {
    if (!isEstibaError(error, "not_found") || !request.kinds.includes("container")) throw error;
    const found = await (await import("./task/inspect.ts")).inspectTask(cli, name, request.size);
    if (found === undefined) throw error;
    return found;
  }
}

/** What every inspecting command prints: a list in JSON, or the template's text for each document. */
export async function printDocuments(
  cli: Pick<Cli, "out">,
  documents: readonly object[],
  format: string | undefined,
  indent = 5,
): Promise<void> {
  if (!isTemplate(format)) {
    cli.out(`${JSON.stringify(documents, null, indent)}\n`);
    return;
  }
  const { parseTemplate } = await import("../lib/go-template/render.ts");
  const { INSPECT_FORMAT } = await import("./format-options.ts");
  const template = parseTemplate(format, INSPECT_FORMAT);
  for (const document of documents) cli.out(`${template.render(document)}\n`);
}

/** Whether `--format` is a template: those see the fields of the peers' Go, of which a pod's and a network's JSON has other names. */
export function isTemplate(format: string | undefined): format is string {
  return format !== undefined && format !== "json";
}

async function documentOf(cli: Cli, name: string, { kinds, size, format }: InspectRequest): Promise<object> {
  const asked = { name, size, template: isTemplate(format) };
  const [only] = kinds;
  if (only !== undefined && kinds.length === 1) return await ofKind(only, cli, asked);
  for (const kind of kinds) {
    try {
      return await ofKind(kind, cli, asked);
    } catch (error) {
      // Not of this kind; a name such as "UPPER" is none of an image.
      if (!isEstibaError(error, "not_found", "invalid")) throw error;
    }
  }
  throw new EstibaError("not_found", {
    reason: "cli.no_such_object",
    what: `no such object: "${name}"`,
    fix: "see: estiba ps --all, estiba images, estiba volume ls, estiba network ls, estiba pod ps",
    details: { name },
  });
}

async function ofKind(kind: Kind, cli: Cli, { name, size, template }: Asked): Promise<object> {
  const engine = cli.engine();
  if (kind === "container") {
    const { listed, ...facts } = inspectContainerFacts(engine, name, size);
    return inspectContainer(listed, facts);
  }
  if (kind === "volume") {
    const { inspectVolume } = await import("../engine/volume/list.ts");
    return (await import("../views/volume.ts")).volumeDocument(inspectVolume(engine, name));
  }
  if (kind === "network") {
    const details = (await import("../engine/network/list.ts")).inspectNetwork(engine, name);
    const { networkInspectDocument, networkTemplateFields } = await import("../views/network.ts");
    return template ? networkTemplateFields(details) : networkInspectDocument(details);
  }
  if (kind === "pod") {
    const pod = (await import("../engine/pod/inspect.ts")).inspectPod(engine, name);
    const { inspectPodDocument, podTemplateFields } = await import("../views/pod.ts");
    return template ? podTemplateFields(pod) : inspectPodDocument(pod);
  }
  const { inspectImage, layerFolders, manifestTypeOf } = await import("../engine/inspect-image.ts");
  const { imageInspectJson } = await import("../views/image.ts");
  const details = inspectImage(engine, name);
  return imageInspectJson(details, layerFolders(engine, details.image), await manifestTypeOf(engine, details.image));
}
