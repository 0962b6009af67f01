import { writeFileSync } from "node:fs";
import type { Loaded } from "../../compose/load.ts";
import type { LoadOptions } from "../../compose/options.ts";
import type { Project } from "../../compose/project.ts";
import { EstibaError } from "../../lib/error.ts";
import { type Command, defineCommand, type Values } from "../command.ts";
import type { ComposeCli } from "./globals.ts";
import { definedVariables, loadOptions } from "./load-options.ts";

const OPTIONS = {
  environment: { kind: "flag", help: "Print the variables that the files are filled in with" },
  format: { kind: "string", value: "FORMAT", choices: ["yaml", "json"], help: "How to print" },
  hash: { kind: "string", value: "SERVICE", help: "Print the hash of a service, or of all for '*'" },
  images: { kind: "flag", help: "Print the images, one a line" },
  "lock-image-digests": { kind: "flag", help: "Print a file that pins the images to digests" },
  models: { kind: "flag", help: "Print the names of models" },
  networks: { kind: "flag", help: "Print the names of networks" },
  "no-consistency": { kind: "flag", help: "Do not check that the parts fit together" },
  "no-env-resolution": { kind: "flag", help: "Leave env_file and variables without a value" },
  "no-interpolate": { kind: "flag", help: "Leave ${VARIABLES} as they are written" },
  "no-normalize": { kind: "flag", help: "Leave out what files mean without saying it" },
  "no-path-resolution": { kind: "flag", help: "Leave paths as they are written" },
  output: { kind: "string", short: "o", value: "FILE", help: "Write to a file instead", complete: "file" },
  profiles: { kind: "flag", help: "Print the names of profiles" },
  quiet: { kind: "flag", short: "q", help: "Check only, print nothing" },
  "resolve-image-digests": { kind: "flag", help: "Pin the images to digests" },
  services: { kind: "flag", help: "Print the names of services" },
  sources: { kind: "flag", help: "Say of each value where it comes from" },
  variables: { kind: "flag", help: "Print the variables that the files name" },
  volumes: { kind: "flag", help: "Print the names of volumes" },
} as const;

type Asked = Values<typeof OPTIONS>;

export const command: Command = defineCommand({
  name: "compose config",
  summary: "Check a project's files and print what they mean",
  usage: "[OPTIONS] [SERVICE...]",
  description:
    "Prints one file in canonical form: all files merged, variables filled in, short forms written out. Read again, it means the same. With services named, only they and what they depend on.",
  options: OPTIONS,
  args: [0, Number.POSITIVE_INFINITY],
  examples: [
    ["estiba compose config", "what the files in this folder make together"],
    ["estiba compose config -q", "only check; the exit code tells"],
    ["estiba compose config --sources", "each value with its file, line, column and variables"],
  ],
  async run(values, services, cli) {
    const text = await textFor(values, services, cli);
    if (values.quiet) return 0;
    if (values.output === undefined) cli.out(text);
    else writeOutput(values.output, text);
    return 0;
  },
});

async function textFor(values: Asked, services: readonly string[], cli: ComposeCli): Promise<string> {
  const common = loadOptions(cli, definedVariables());
  const { loadProject, projectVariables } = await import("../../compose/load.ts");
  if (values.variables) return await variableTable(await projectVariables(common));
  const loaded = await loadProject({ ...common, ...loadingOf(values), services });
  for (const warning of loaded.warnings) cli.err(`WARN: ${warning}\n`);
  const listed = await listOf(values, loaded);
  if (listed !== undefined) return listed.map((line) => `${line}\n`).join("");
  return await projectText(values, loaded, cli);
}

function loadingOf(values: Asked): Partial<LoadOptions> {
  return {
    interpolate: !values["no-interpolate"],
    normalize: !values["no-normalize"],
    resolvePaths: !values["no-path-resolution"],
    checkConsistency: !values["no-consistency"],
    resolveEnvironment: !values["no-env-resolution"] && !values["no-interpolate"],
    // Names of profiles are asked of all services.
    ...(values.profiles ? { profiles: ["*"] } : {}),
  };
}

/** The lines of the one list that is asked for; undefined where none is. */
async function listOf(values: Asked, { project, ...loaded }: Loaded): Promise<string[] | undefined> {
  const all = Object.values(project.services);
  if (values.services) return (await import("../../compose/plan/order.ts")).dependencyOrder(project);
  if (values.volumes) return Object.keys(project.volumes);
  if (values.networks) return Object.keys(project.networks);
  if (values.models) return Object.keys(project.models);
  if (values.profiles) return [...new Set(all.flatMap(({ profiles = [] }) => profiles))].toSorted();
  if (values.images) return await imagesOf(project);
  if (values.hash !== undefined) return await hashesOf(project, values.hash);
  if (!values.environment) return undefined;
  const names = Object.keys(loaded.environment).toSorted();
  const from = (name: string): string => (values.sources ? `  # ${loaded.environmentSources[name] ?? ""}` : "");
  return names.map((name) => `${name}=${loaded.environment[name] ?? ""}${from(name)}`);
}

async function imagesOf(project: Project): Promise<string[]> {
  const { imageOf } = await import("../../compose/plan/names.ts");
  const naming = { project: project.name, separator: "-" };
  const withImage = Object.entries(project.services).filter(([, { provider }]) => provider === undefined);
  return [...new Set(withImage.map(([name, service]) => imageOf(naming, name, service)))].toSorted();
}

async function hashesOf(project: Project, asked: string): Promise<string[]> {
  const { serviceHash } = await import("../../compose/plan/hash.ts");
  const names = asked === "*" ? Object.keys(project.services) : asked.split(",");
  return names.map((name) => {
    const service = project.services[name];
    if (service === undefined) {
      throw new EstibaError("not_found", { reason: "compose.unknown_service", what: `no such service: ${name}` });
    }
    return `${name} ${serviceHash(service)}`;
  });
}

async function projectText(values: Asked, { project, sources }: Loaded, cli: ComposeCli): Promise<string> {
  const { projectAsJson, projectAsYaml, projectSources } = await import("../../compose/print/print.ts");
  const printing = { escape: !values["no-interpolate"] };
  const wanted = await pinned(values, project, cli);
  if (values.sources && values.format === "json")
    return `${JSON.stringify(projectSources(wanted, printing, sources), null, 2)}\n`;
  if (values.format === "json") return projectAsJson(wanted, printing);
  return projectAsYaml(wanted, printing, values.sources ? sources : undefined);
}

async function pinned(values: Asked, project: Project, cli: ComposeCli): Promise<Project> {
  if (!values["resolve-image-digests"] && !values["lock-image-digests"]) return project;
  const { pinImages } = await import("../../compose/pin-images.ts");
  const { catchInterrupt } = await import("../image/interrupt.ts");
  using interrupt = catchInterrupt();
  const result = await pinImages(cli.engine(), project, interrupt.signal);
  if (!values["lock-image-digests"]) return result;
  // An override file: nothing but the images.
  const services = Object.entries(result.services).flatMap(([name, { image, build }]) =>
    image === undefined || build !== undefined ? [] : [[name, { command: null, entrypoint: null, image }]],
  );
  const nothing = { networks: {}, volumes: {}, secrets: {}, configs: {}, models: {} };
  return { name: project.name, services: Object.fromEntries(services) as Project["services"], ...nothing };
}

async function variableTable(
  uses: readonly { name: string; required: boolean; fallback: string; alternate: string }[],
): Promise<string> {
  const { formatTable } = await import("../../views/table.ts");
  const rows = uses.map(({ name, required, fallback, alternate }) => [name, String(required), fallback, alternate]);
  return formatTable([["NAME", "REQUIRED", "DEFAULT VALUE", "ALTERNATE VALUE"], ...rows]);
}

function writeOutput(path: string, text: string): void {
  try {
    writeFileSync(path, text);
  } catch (error) {
    throw new EstibaError("invalid", { reason: "cli.output", what: `cannot write ${path}`, cause: error });
  }
}
