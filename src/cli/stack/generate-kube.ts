import { askNode } from "../../cluster/door/client.ts";
import { type KubeFiles, stackYaml } from "../../cluster/stack/kube/generate.ts";
import { type KubeStack, stackOfCluster, stackOfFiles } from "../../cluster/stack/kube/source.ts";
import { type Command, defineCommand, type Values } from "../command.ts";
import type { Cli } from "../context.ts";
import { writeNew } from "../kube/write-new.ts";
import { VERSION } from "../version.ts";
import { FILES_OPTIONS, loadStack } from "./files.ts";
import { nothingFound } from "./nothing.ts";

export const command: Command = defineCommand({
  name: "stack generate kube",
  summary: "Write Kubernetes YAML of a stack",
  usage: "[OPTIONS] [STACK]",
  description:
    "Of the stack as it runs; with Compose files, or without a name, of what the files describe. Services become Deployments,\nDaemonSets, Jobs and CronJobs, found by the same names in a namespace of the stack's own. Secrets are named, and not\nwritten. What Kubernetes cannot say is told on stderr.",
  options: {
    ...FILES_OPTIONS,
    filename: { kind: "string", short: "f", value: "FILE", help: "Write it to a new file", complete: "file" },
  },
  args: [0, 1],
  examples: [
    ["estiba stack generate kube shop > shop.yaml", "the stack as it runs"],
    ["estiba stack generate kube -c compose.yaml", "what a file describes, without a cluster"],
  ],
  async run(values, [name], cli) {
    const stack = await chosenStack(cli, values, name);
    const files = stackYaml(stack);
    for (const warning of files.warnings) cli.warn(warning);
    const yaml = `${header(stack.name, files)}${files.text}`;
    if (values.filename === undefined) cli.out(yaml);
    else writeNew(values.filename, yaml);
    return 0;
  },
});

async function chosenStack(
  cli: Cli,
  values: Values<typeof FILES_OPTIONS>,
  name: string | undefined,
): Promise<KubeStack> {
  if (name === undefined || values["compose-file"].length > 0) return stackOfFiles(await loadStack(cli, values, name));
  const stack = await stackOfCluster(await askNode(cli.engine()), name);
  if (stack.services.length === 0) throw nothingFound(name);
  return stack;
}

function header(name: string, { secrets }: KubeFiles): string {
  const lines = [
    `The stack ${name} for Kubernetes:`,
    `  kubectl create namespace ${name}`,
    `  kubectl apply --namespace ${name} -f FILE`,
    ...(secrets.length === 0 ? [] : ["It names these Secrets, which have to be there:"]),
    ...secrets.map((key) => `  kubectl create secret generic ${key} --namespace ${name} --from-file=${key}=PATH`),
    `Created with estiba-${VERSION}`,
  ];
  return lines.map((line) => `# ${line}\n`).join("");
}
