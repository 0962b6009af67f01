import { announceMove } from "../../host/cgroup-mode.ts";
import type { PlayedPod } from "../../kube/play/play.ts";
import { EstibaError } from "../../lib/error.ts";
import { type Command, defineCommand, type Values } from "../command.ts";
import type { Cli } from "../context.ts";
import { exitCodeOf, formatError } from "../exit.ts";
import { printDown } from "./down.ts";
import { PLAY_OPTIONS } from "./options.ts";
import { readSource } from "./source.ts";

export const command: Command = defineCommand({
  name: "kube play",
  summary: "Make and start pods of Kubernetes YAML",
  usage: "[OPTIONS] FILE|-|URL",
  description:
    "Pods, Deployments, DaemonSets and Jobs become pods; Services names and ports; ConfigMaps and Secrets variables and\nfiles; PersistentVolumeClaims volumes. What cannot be had here is refused with line and column, all of a file at\nonce; docs/kube.md has every field. Pods are on a network of their own, where they find each other by name.",
  options: PLAY_OPTIONS,
  args: [1, 1],
  complete: "file",
  examples: [
    ["estiba kube play web.yaml", "make what the file describes"],
    ["estiba kube play --replace web.yaml", "again, after a change"],
    ["estiba kube play --publish 8080:80 --network web -", "from stdin, on a network of yours"],
  ],
  async run(values, [name = ""], cli) {
    const { readObjects } = await import("../../kube/schema/objects.ts");
    const file = readObjects(await readSource(name));
    if (values.force && !values.down) throw forceAlone();
    if (values.down) return await printDown(cli, file.objects, values.force);
    const plan = await planOf(cli, file, values);
    for (const warning of plan.warnings) cli.warn(warning);
    const { imageProvider } = await import("./provide.ts");
    const { playPlan, provideAll } = await import("../../kube/play/play.ts");
    const images = await provideAll(plan, imageProvider(cli, values));
    void announceMove();
    const { volumes, secrets, pods } = await playPlan(cli.engine(), plan, {
      images,
      start: values.start,
      takeDown: values.replace ? async () => await printDown(cli, file.objects, false) : undefined,
      retrying: { tell: cli.warn, signal: new AbortController().signal },
      createCommand: [process.argv0, ...process.argv.slice(2)],
    });
    if (volumes.length > 0) cli.out(`Volumes:\n${volumes.join("\n")}\n`);
    if (secrets.length > 0) cli.out(`Secrets:\n${secrets.join("\n")}\n`);
    for (const pod of pods) printPod(cli, pod);
    return exitCode(cli, pods);
  },
});

type File = Parameters<typeof import("../../kube/plan/plan.ts").planFile>[0];

async function planOf(
  cli: Cli,
  file: File,
  values: Values<typeof PLAY_OPTIONS>,
): Promise<ReturnType<typeof import("../../kube/plan/plan.ts").planFile>> {
  const { planFile } = await import("../../kube/plan/plan.ts");
  const { planFacts } = await import("../../kube/play/facts.ts");
  const { playOptions, seccompRoot } = await import("./play-options.ts");
  const { readObjects } = await import("../../kube/schema/objects.ts");
  const options = playOptions(values);
  const configMaps: File[] = [];
  for (const name of values.configmap.flatMap((list) => list.split(","))) {
    const other = readObjects(await readSource(name));
    const stranger = other.objects.find(({ kind }) => kind !== "ConfigMap");
    if (stranger !== undefined) throw noConfigMap(name, stranger.kind);
    configMaps.push(other);
  }
  return planFile(file, configMaps, planFacts(cli.engine(), seccompRoot(values)), options);
}

function forceAlone(): EstibaError {
  return new EstibaError("invalid", {
    reason: "cli.options_conflict",
    what: "--force may be specified only with --down",
    fix: "to remove claimed volumes, too: estiba kube down --force FILE",
  });
}

function printPod(cli: Cli, { id, containers, failures, warnings }: PlayedPod): void {
  for (const warning of warnings) cli.warn(warning);
  const heading = containers.length === 1 ? "Container" : "Containers";
  cli.out(`Pod:\n${id}\n${heading}:\n${containers.map((container) => `${container}\n`).join("")}`);
  for (const failure of failures) cli.err(formatError(failure));
  cli.out("\n");
}

function exitCode(cli: Cli, pods: readonly PlayedPod[]): number {
  const failures = pods.flatMap((pod) => pod.failures);
  if (failures.length === 0) return 0;
  cli.err(`Error: failed to start ${failures.length} containers\n`);
  return exitCodeOf(failures[0]);
}

function noConfigMap(file: string, kind: string): EstibaError {
  return new EstibaError("invalid", {
    reason: "kube.no_config_map",
    what: `the file "${file}" has a ${kind}, and --configmap takes ConfigMaps only`,
    fix: "play that file, or put the ConfigMaps into one of their own",
  });
}
