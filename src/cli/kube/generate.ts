import { EstibaError } from "../../lib/error.ts";
import { type Command, defineCommand } from "../command.ts";
import { VERSION } from "../version.ts";
import { writeNew } from "./write-new.ts";

const TYPES = ["pod", "deployment", "daemonset", "job"] as const;

export const command: Command = defineCommand({
  name: "kube generate",
  summary: "Write Kubernetes YAML of pods, containers and volumes",
  usage: "[OPTIONS] POD|CONTAINER|VOLUME...",
  description:
    "Playing it again gives the same pods. A container that is in no pod gets one of its own, NAME-pod. What Kubernetes YAML\ncannot say is left out with a warning. Values of secrets are not written: they stay with this engine.",
  options: {
    filename: { kind: "string", short: "f", value: "FILE", help: "Write it to a new file", complete: "file" },
    "podman-only": { kind: "refused", help: "no annotations of Podman are needed to play it here" },
    replicas: { kind: "integer", short: "r", value: "N", help: "Pods of a Deployment (default 1)" },
    service: { kind: "flag", short: "s", help: "Add a Service with the published ports" },
    type: {
      kind: "string",
      short: "t",
      value: "KIND",
      choices: TYPES,
      help: "What a pod becomes (default pod)",
    },
    "no-trunc": { kind: "refused", help: "annotations are not cut off" },
  },
  args: [1, Number.POSITIVE_INFINITY],
  complete: "pod",
  examples: [
    ["estiba kube generate web > web.yaml", "a pod, to be played elsewhere"],
    ["estiba kube generate --service --type deployment web data", "with a Service, and a volume"],
  ],
  async run(values, names, cli) {
    const { findSources, generateFacts } = await import("../../kube/generate/find.ts");
    const { generateYaml } = await import("../../kube/generate/generate.ts");
    const type = TYPES.find((each) => each === values.type) ?? "pod";
    if (values.replicas !== undefined && type !== "deployment") throw replicasOf(type);
    const engine = cli.engine();
    const { sources, volumes } = findSources(engine, names);
    const { text, warnings } = generateYaml(sources, volumes, generateFacts(engine), {
      type,
      replicas: values.replicas ?? 1,
      service: values.service,
    });
    for (const warning of warnings) cli.warn(warning);
    const yaml = `${header()}${text}`;
    if (values.filename === undefined) cli.out(yaml);
    else writeNew(values.filename, yaml);
    return 0;
  },
});

function header(): string {
  return `# Save the output of this file and use kubectl create -f to import\n# it into Kubernetes.\n#\n# Created with estiba-${VERSION}\n`;
}

function replicasOf(type: string): EstibaError {
  return new EstibaError("invalid", {
    reason: "kube.replicas",
    what: `--replicas can only be set when --type is set to deployment, not ${type}`,
    fix: "add --type deployment",
  });
}
