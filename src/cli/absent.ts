import { EstibaError } from "../lib/error.ts";

const NO_PLUGINS = "there are no plug-ins";
const NO_CHECKPOINTS = "the OCI runtimes of this host cannot restore checkpoints";
const NO_TRUST = "policy.json says which signatures are demanded, and is edited by hand";
const ONE_BUILDER = "there is one builder, and it is built in; leave this step out";
const BAKE = "bake files are not read; for a Compose file: estiba compose build";
const IN_REGISTRY = "see estiba manifest inspect, create and push";

/** Commands of the peers that Estiba does not have, by the words they begin with, and why. */
const ABSENT: Readonly<Record<string, string>> = {
  "auto-update": "nothing looks for newer images; pull them and start anew, by compose up --pull always or a timer",
  "buildx bake": BAKE,
  "buildx create": ONE_BUILDER,
  "buildx du": "estiba builder prune tells what it gives back",
  "buildx history": "builds are not written down",
  "buildx imagetools": IN_REGISTRY,
  "buildx install": "estiba build is that builder already",
  "buildx rm": ONE_BUILDER,
  "buildx stop": ONE_BUILDER,
  "buildx uninstall": "there is no other builder",
  "buildx use": ONE_BUILDER,
  checkpoint: NO_CHECKPOINTS,
  "container checkpoint": NO_CHECKPOINTS,
  "container restore": NO_CHECKPOINTS,
  "container runlabel": "it runs on the host what an image's label says; see estiba image inspect",
  "generate systemd": "write a Quadlet file; see docs/quadlet.md",
  "generate spec": "see estiba inspect",
  "image trust": NO_TRUST,
  machine: "Estiba runs where Linux runs, and keeps no virtual machine",
  plugin: NO_PLUGINS,
  "system connection": "contexts say where engines are: see estiba context create",
  trust: NO_TRUST,
  "volume reload": NO_PLUGINS,
  "volume update": "it is for volumes of plug-ins, and there are none",
};

/** The error for a command that the peers have and Estiba does not; undefined for all others. */
export function absentCommandError(args: readonly string[]): EstibaError | undefined {
  const [first = "", second = ""] = args;
  const typed = Object.hasOwn(ABSENT, first) ? first : `${first} ${second}`;
  if (!Object.hasOwn(ABSENT, typed)) return undefined;
  return new EstibaError("unsupported", {
    reason: "cli.absent_command",
    what: `\`estiba ${typed}\` is not supported: ${ABSENT[typed]}`,
    fix: "see: estiba --help",
  });
}
