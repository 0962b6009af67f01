import { EstibaError } from "../lib/error.ts";

const NO_PLUGINS = "there are no plug-ins";
const NO_CHECKPOINTS = "the OCI runtimes of this host cannot restore checkpoints";
const NO_OTHER_ENGINE = "Estiba works on this machine only, and has no other engine to choose";
const NO_SIGNATURES = "signatures are not made or checked";

/** Commands of the peers that Estiba will never have, by the words they begin with, and why. */
const ABSENT: Readonly<Record<string, string>> = {
  checkpoint: NO_CHECKPOINTS,
  "container checkpoint": NO_CHECKPOINTS,
  "container restore": NO_CHECKPOINTS,
  "container runlabel": "it runs on the host what an image's label says; see estiba image inspect",
  context: NO_OTHER_ENGINE,
  "image scp": "estiba save, ssh and estiba load do it",
  "image sign": NO_SIGNATURES,
  "image trust": NO_SIGNATURES,
  machine: "Estiba runs where Linux runs, and keeps no virtual machine",
  plugin: NO_PLUGINS,
  "system connection": NO_OTHER_ENGINE,
  trust: NO_SIGNATURES,
  "volume reload": NO_PLUGINS,
};

/** The error for a command that the peers have and Estiba does not mean to; undefined for all others. */
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
